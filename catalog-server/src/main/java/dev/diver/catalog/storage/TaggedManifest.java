package dev.diver.catalog.storage;

/** A manifest under a tag. */
public record TaggedManifest(StoredManifest manifest, boolean yanked) {}
