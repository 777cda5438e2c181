#include "COpenSSL.h"

#if defined(__linux__)
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

// What OpenSSL calls a key, under a name that Swift may see without OpenSSL's headers.
static EVP_PKEY *unwrap(const struct copenssl_key *key) { return (EVP_PKEY *)key; }

struct copenssl_key *copenssl_key_read(const uint8_t *der, size_t count) {
    // The system's openssl.cnf is not ours to obey, and nothing is torn down while other threads may still sign.
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL)) return NULL;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)count);
    if (key != NULL && !EVP_PKEY_is_a(key, "RSA")) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return (struct copenssl_key *)key;
}

void copenssl_key_free(struct copenssl_key *key) { EVP_PKEY_free(unwrap(key)); }

size_t copenssl_signature_count(const struct copenssl_key *key) { return (size_t)EVP_PKEY_get_size(unwrap(key)); }

int copenssl_sign(const struct copenssl_key *key, const uint8_t *digest, size_t digest_count, uint8_t *signature) {
    const EVP_MD *hash = digest_count == 32 ? EVP_sha256() : digest_count == 64 ? EVP_sha512() : NULL;
    EVP_PKEY_CTX *context = hash == NULL ? NULL : EVP_PKEY_CTX_new(unwrap(key), NULL);
    if (context == NULL) return 0;
    size_t count = copenssl_signature_count(key);
    int is_signed = EVP_PKEY_sign_init(context) == 1
        && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        && EVP_PKEY_CTX_set_signature_md(context, hash) == 1
        && EVP_PKEY_sign(context, signature, &count, digest, digest_count) == 1
        && count == copenssl_signature_count(key);
    EVP_PKEY_CTX_free(context);
    return is_signed;
}
#endif
