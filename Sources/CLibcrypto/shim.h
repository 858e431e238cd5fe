// OpenSSL would rather have digests asked for by name (EVP), which takes a lock and an allocation each time. This form of
// SHA-256 has neither, and is what its own code ends in. AES-GCM has no other form than EVP that uses the processor's own
// instructions for it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
