#include "CLarderVersion.h"

// Package.swift defines it where the environment has LARDER_VERSION. This file is all that is compiled again then, with
// what stands on LarderServer.
#ifndef LARDER_VERSION
#define LARDER_VERSION "0.0.0+dev"
#endif

const char *larder_version(void) {
    return LARDER_VERSION;
}
