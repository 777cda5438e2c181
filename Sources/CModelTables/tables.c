#include "CModelTables.h"

// #embed is C23; clang has it in every mode and warns about the others.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char sagemaker[] = {
#embed "tables/sagemaker.table"
};
static const unsigned char sagemaker_runtime[] = {
#embed "tables/sagemaker-runtime.table"
};
static const unsigned char cloudwatch[] = {
#embed "tables/cloudwatch.table"
};
static const unsigned char ecr[] = {
#embed "tables/ecr.table"
};
static const unsigned char cognito_idp[] = {
#embed "tables/cognito-idp.table"
};
static const unsigned char cognito_identity[] = {
#embed "tables/cognito-identity.table"
};
static const unsigned char s3[] = {
#embed "tables/s3.table"
};
static const unsigned char sts[] = {
#embed "tables/sts.table"
};
static const unsigned char iam[] = {
#embed "tables/iam.table"
};
static const unsigned char application_autoscaling[] = {
#embed "tables/application-autoscaling.table"
};
static const unsigned char logs[] = {
#embed "tables/logs.table"
};
static const unsigned char apigateway[] = {
#embed "tables/apigateway.table"
};

static const struct coldframe_model_table tables[] = {
    {"sagemaker", sagemaker, sizeof sagemaker},
    {"sagemaker-runtime", sagemaker_runtime, sizeof sagemaker_runtime},
    {"cloudwatch", cloudwatch, sizeof cloudwatch},
    {"ecr", ecr, sizeof ecr},
    {"cognito-idp", cognito_idp, sizeof cognito_idp},
    {"cognito-identity", cognito_identity, sizeof cognito_identity},
    {"s3", s3, sizeof s3},
    {"sts", sts, sizeof sts},
    {"iam", iam, sizeof iam},
    {"application-autoscaling", application_autoscaling, sizeof application_autoscaling},
    {"logs", logs, sizeof logs},
    {"apigateway", apigateway, sizeof apigateway},
};

size_t coldframe_model_table_count(void) { return sizeof tables / sizeof tables[0]; }

struct coldframe_model_table coldframe_model_table_at(size_t index) { return tables[index]; }
