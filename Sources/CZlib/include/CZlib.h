// The system zlib, and functions in place of the initialising macros that Swift cannot call.
#ifndef CZLIB_H
#define CZLIB_H

#include <zlib.h>

// Window bits for the three containers of a deflate stream.
#define CZLIB_WINDOW_RAW (-15)
#define CZLIB_WINDOW_ZLIB 15
#define CZLIB_WINDOW_GZIP 31

int czlib_inflate_open(z_stream *stream, int window_bits);
int czlib_deflate_open(z_stream *stream, int level, int window_bits);

#endif
