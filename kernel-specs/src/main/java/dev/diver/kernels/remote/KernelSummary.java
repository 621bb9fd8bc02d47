package dev.diver.kernels.remote;

import dev.diver.kernels.reference.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A kernel as a catalog lists it.
 *
 * @param name repository name
 * @param version of the newest release
 * @param latest manifest of the newest release
 * @param summary one line
 * @param tags words to find it by
 * @param modes the modes that it supports
 * @param arch as uname prints it
 * @param boot the boot protocol
 * @param abi what apps it runs
 * @param languages that apps for it are written in
 * @param hypervisors that it runs on
 * @param license SPDX expression
 * @param pulls how often it was pulled
 * @param updated when the newest release was published
 * @param size of the newest release's package, in bytes
 * @param versions the releases that can be pulled by tag, newest first
 */
public record KernelSummary(
    String name,
    String version,
    Optional<Digest> latest,
    String summary,
    List<String> tags,
    List<String> modes,
    String arch,
    String boot,
    String abi,
    List<String> languages,
    List<String> hypervisors,
    String license,
    long pulls,
    Optional<Instant> updated,
    long size,
    List<String> versions) {}
