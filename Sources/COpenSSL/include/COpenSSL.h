// RSA signatures by OpenSSL's libcrypto, on Linux: the one thing of TokenCrypto's that is worth a second library.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <stddef.h>
#include <stdint.h>

// The private half of an RSA key. May be used from several threads at once.
struct copenssl_key;

// Reads a key in PKCS #1 or PKCS #8 form; null when it is something else.
struct copenssl_key *copenssl_key_read(const uint8_t *der, size_t count);
void copenssl_key_free(struct copenssl_key *key);
// The length of every signature of that key in bytes.
size_t copenssl_signature_count(const struct copenssl_key *key);
// Writes the PKCS #1 v1.5 signature of a SHA-256 or SHA-512 digest, told by its length; `signature` has room for
// `copenssl_signature_count` bytes. Answers 0 when it cannot.
int copenssl_sign(const struct copenssl_key *key, const uint8_t *digest, size_t digest_count, uint8_t *signature);

#endif
