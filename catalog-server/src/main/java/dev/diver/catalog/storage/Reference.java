package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;

/** How a request names a manifest. */
public sealed interface Reference {

  record ByTag(String tag) implements Reference {}

  record ByDigest(Digest digest) implements Reference {}
}
