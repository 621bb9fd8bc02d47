package dev.diver.catalog.storage;

import dev.diver.kernels.reference.Digest;
import java.util.Optional;

/** A manifest that was taken, and what it refers to. */
public record PushedManifest(Digest digest, Optional<Digest> subject) {}
