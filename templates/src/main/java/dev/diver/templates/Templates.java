package dev.diver.templates;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.net.KernelFiles;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which templates there are for a kernel: those of its package, then Diver's own that fit. */
public final class Templates {

  private static final String USUAL = "hello";

  private Templates() {}

  /**
   * The templates for this kernel, in the order in which they are shown.
   *
   * @param scratch a folder for what is needed for a moment; made where it does not exist
   * @throws dev.diver.kernels.failure.DiverException INVALID where those of its package are damaged
   */
  public static List<Template> of(StoredKernel kernel, KernelStore store, Path scratch) {
    KernelSpec spec = store.spec(kernel);
    List<Template> templates = new ArrayList<>();
    Optional<String> folder = spec.net().templates();
    if (folder.isPresent()) {
      templates.addAll(packaged(kernel, store, spec, folder.get(), scratch));
    }
    OwnTemplate.of(spec).stream()
        .map(OwnTemplate::template)
        .filter(own -> templates.stream().noneMatch(t -> t.word().equals(own.word())))
        .forEach(templates::add);
    return List.copyOf(templates);
  }

  private static List<Template> packaged(
      StoredKernel kernel, KernelStore store, KernelSpec spec, String folder, Path scratch) {
    try {
      Files.createDirectories(scratch);
      Path staging = Staging.create(scratch.resolve("templates"));
      try {
        Path scripts = staging.resolve("scripts");
        KernelFiles.unpackScripts(kernel, store, scripts);
        Path root = scripts.resolve(folder);
        return Files.isDirectory(root) ? PackagedTemplates.read(root, spec) : List.of();
      } finally {
        Staging.delete(staging);
      }
    } catch (IOException e) {
      throw IoFailure.of("write to", scratch, e);
    }
  }

  /**
   * The template of this name; without a name hello, else the first.
   *
   * @param templates for the kernel, as {@link #of} gives them
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND, with those there are, where there
   *     is none
   */
  public static Template choose(
      List<Template> templates, Optional<String> word, StoredKernel kernel) {
    String wanted = word.orElse(USUAL);
    Optional<Template> named =
        templates.stream().filter(template -> template.word().equals(wanted)).findFirst();
    return named
        .or(() -> templates.stream().filter(_ -> word.isEmpty()).findFirst())
        .orElseThrow(() -> none(templates, word, kernel));
  }

  private static RuntimeException none(
      List<Template> templates, Optional<String> word, StoredKernel kernel) {
    return new Failure(
            Failure.Kind.NOT_FOUND,
            word.map(w -> "There is no template \"" + w + "\" for " + kernel.reference() + ".")
                .orElse(kernel.reference() + " comes without templates."),
            templates.isEmpty()
                ? "Choose another kernel, or write net.toml yourself."
                : "Use one of: " + Template.words(templates) + ".")
        .exception();
  }
}
