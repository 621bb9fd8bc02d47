package dev.diver.templates;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a new net can start from. The texts are resources: {@code NAME/FILE}, else {@code
 * common/FILE}.
 */
public enum Template {
  HELLO("hello", "a C program that greets and names its arguments", "src/main.c"),
  STENCIL(
      "stencil", "2D heat in double precision, an HPC kernel that checks its result", "src/main.c"),
  COMPONENT(
      "component",
      "a system call of your own inside the kernel, and an app that uses it",
      "component/counter.c",
      "src/main.c");

  private static final List<String> COMMON = List.of(".gitignore", "Makefile", "README.md");

  private final String word;
  private final String summary;

  @SuppressWarnings("ImmutableEnumChecker") // a List.of
  private final List<String> sources;

  Template(String word, String summary, String... sources) {
    this.word = word;
    this.summary = summary;
    this.sources = List.of(sources);
  }

  /** All templates, in the order in which they are shown. */
  public static List<Template> all() {
    return List.of(values());
  }

  /** The template of this name; NOT_FOUND, with those there are, where there is none. */
  public static Template named(String word) {
    return all().stream()
        .filter(template -> template.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "There is no template named \"" + word + "\".",
                        "Use one of: " + words(all()) + ".")
                    .exception());
  }

  /** Those that work with this kernel. */
  public static List<Template> of(KernelSpec spec) {
    return all().stream().filter(t -> spec.sdk().templates().contains(t.word)).toList();
  }

  /** As it is given on the command line, and in kernel.toml. */
  public String word() {
    return word;
  }

  /** One line. */
  public String summary() {
    return summary;
  }

  /** What a project gets, relative to its folder, net.toml last: with it the project is whole. */
  List<String> files() {
    return Stream.of(COMMON, sources, List.of("net.toml")).flatMap(List::stream).toList();
  }

  /** The names of these templates, as in {@code hello, stencil}. */
  static String words(List<Template> templates) {
    return templates.stream().map(Template::word).collect(Collectors.joining(", "));
  }
}
