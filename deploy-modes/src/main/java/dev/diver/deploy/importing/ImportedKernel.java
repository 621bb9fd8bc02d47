package dev.diver.deploy.importing;

import dev.diver.kernels.image.Recognized;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.StoredKernel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A kernel that was made a package of.
 *
 * @param kernel the package
 * @param folder of the kernel, with its kernel.toml
 * @param file what it was made of
 * @param problems of what boots, which may have been unpacked first
 * @param spec that its kernel.toml has
 * @param findings why the spec is as it is
 * @param boots what was seen, by machine; empty where it was not booted
 * @param best of these, the one that the spec follows
 */
public record ImportedKernel(
    StoredKernel kernel,
    Path folder,
    Recognized file,
    List<Recognized.Problem> problems,
    KernelSpec spec,
    List<Finding> findings,
    List<Sighting> boots,
    Optional<Sighting> best) {}
