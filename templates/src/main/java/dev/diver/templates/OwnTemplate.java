package dev.diver.templates;

import dev.diver.kernels.spec.KernelSpec;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Diver's own templates. Their texts are resources: {@code NAME/FILE}, else {@code common/FILE}.
 */
public enum OwnTemplate {
  HELLO("hello", "a C program that greets and names its arguments", "src/main.c"),
  STENCIL(
      "stencil", "2D heat in double precision, an HPC kernel that checks its result", "src/main.c"),
  COMPONENT(
      "component",
      "a system call of your own inside the kernel, and an app that uses it",
      "component/counter.c",
      "src/main.c"),
  PIPELINE(
      "pipeline",
      "a simulation that feeds an analysis on Linux while it runs, for diver compose",
      "analyse.awk",
      "draw.awk",
      "pipeline.toml",
      "src/main.c");

  private static final List<String> COMMON =
      List.of(".gitignore", "Makefile", "README.md", "net.toml");

  private final String word;
  private final String summary;

  @SuppressWarnings("ImmutableEnumChecker") // a List.of
  private final List<String> sources;

  OwnTemplate(String word, String summary, String... sources) {
    this.word = word;
    this.summary = summary;
    this.sources = List.of(sources);
  }

  /** All of them, in the order in which they are shown. */
  public static List<OwnTemplate> all() {
    return List.of(values());
  }

  /** Those that work with this kernel. */
  static List<OwnTemplate> of(KernelSpec spec) {
    return spec.sdk().makefile().isEmpty()
        ? List.of()
        : all().stream().filter(own -> spec.sdk().templates().contains(own.word)).toList();
  }

  /** As it is given on the command line, and in kernel.toml. */
  public String word() {
    return word;
  }

  /** One line. */
  public String summary() {
    return summary;
  }

  Template template() {
    TreeMap<String, Template.Content> files = new TreeMap<>();
    Stream.concat(COMMON.stream(), sources.stream())
        .forEach(file -> files.put(file, resource(file, word, "common")));
    return new Template(word, summary, files);
  }

  /** A text in the first of these folders that has it. */
  static Template.Content resource(String file, String... folders) {
    // a leading dot would make the resource itself a file that git obeys
    String name = file.startsWith(".") ? file.substring(1) : file;
    for (String folder : folders) {
      try (InputStream in = OwnTemplate.class.getResourceAsStream(folder + "/" + name)) {
        if (in != null) {
          return new Template.Content(in.readAllBytes(), false);
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot read " + folder + "/" + name, e);
      }
    }
    throw new IllegalStateException("no template has " + name);
  }
}
