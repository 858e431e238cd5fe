// OpenSSL would rather have digests asked for by name (EVP), which takes a lock and an allocation each time. This form of
// SHA-256 has neither, and is what its own code ends in.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
