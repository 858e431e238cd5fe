#ifndef LARDER_CLARDERVERSION_H
#define LARDER_CLARDERVERSION_H

/// The version of this build: what Scripts/package found in git, else 0.0.0+dev. Never null; lives as long as the process.
const char *_Nonnull larder_version(void);

#endif
