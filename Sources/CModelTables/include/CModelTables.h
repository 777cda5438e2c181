// The service models' tables, embedded in the binary. Written by Scripts/import-models, read by AWSModel.
#ifndef COLDFRAME_MODEL_TABLES_H
#define COLDFRAME_MODEL_TABLES_H

#include <stddef.h>

struct coldframe_model_table {
    /// The service as botocore names it, e.g. "sagemaker-runtime".
    const char *service;
    const unsigned char *bytes;
    size_t length;
};

/// The number of embedded tables.
size_t coldframe_model_table_count(void);

/// The table at `index`, which must be less than the count. Its memory lives as long as the process.
struct coldframe_model_table coldframe_model_table_at(size_t index);

#endif
