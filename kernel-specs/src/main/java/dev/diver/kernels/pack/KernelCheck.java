package dev.diver.kernels.pack;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a kernel's folder has and lacks against docs/publishing.md, point by point. */
public final class KernelCheck {

  /** What is to be said of a point. */
  public enum Verdict {
    /** It is as it has to be. */
    HAS,
    /** It has to be and is not, or is not as it has to be. */
    LACKS,
    /** Nothing requires it, and its users would be glad of it. */
    COULD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One point.
   *
   * @param name of the field of kernel.toml that it is about
   * @param what there is, or what is wrong, in a clause or a sentence
   * @param remedy what to do, in a sentence; empty where it has what it needs
   */
  public record Point(String name, Verdict verdict, String what, String remedy) {}

  /** Finds out about one point, or fails with what is wrong. */
  private interface Finding {
    String find() throws IOException;
  }

  private static final int MAX_INTERPRETER = 256;

  private final Path kernelToml;
  private final KernelFolder folder;
  private final KernelSpec spec;
  private final List<Point> points = new ArrayList<>();

  private KernelCheck(Path kernelToml, KernelFolder folder, KernelSpec spec) {
    this.kernelToml = kernelToml;
    this.folder = folder;
    this.spec = spec;
  }

  /** All points of the kernel of this kernel.toml; only the first where it cannot be read. */
  public static List<Point> of(Path kernelToml) {
    try {
      KernelSpec spec = KernelSpecToml.read(kernelToml);
      KernelCheck check = new KernelCheck(kernelToml, KernelFolder.of(kernelToml), spec);
      check.all();
      return List.copyOf(check.points);
    } catch (DiverException e) {
      return List.of(lacks(Packer.KERNEL_TOML, e.failure()));
    } catch (IOException e) {
      return List.of(
          new Point(
              Packer.KERNEL_TOML, Verdict.LACKS, "It cannot be read: " + e + ".", "Look at it."));
    }
  }

  private void all() {
    has(Packer.KERNEL_TOML, spec.name() + " " + spec.version());
    find("boot.image", this::image);
    for (String part : spec.boot().parts()) {
      find(KernelFolder.field(spec.boot(), part), () -> shown(folder.part(spec, part)));
    }
    spec.gpos().ifPresent(g -> find("gpos.modules", () -> shown(folder.modules(spec, g))));
    modes();
    scripts();
    nets();
    sdk();
    find(
        "source.files",
        !spec.source().files().isEmpty(),
        () -> count(folder.source(spec).size()),
        "Whoever forks it can change its settings, not its code.",
        "Name its source in [source], as in files = [\"src/**\"].");
    spec.provenance().base().ifPresent(base -> has("provenance.base", base));
    description();
  }

  private void sdk() {
    if (spec.sdk().files().isEmpty() && spec.abi() == KernelSpec.Abi.LINUX) {
      has("sdk.files", "none: it runs Linux executables as they are");
      return;
    }
    find(
        "sdk.files",
        !spec.sdk().files().isEmpty(),
        () -> count(folder.sdk(spec).size() - 1),
        "Apps cannot be built for it.",
        "Name headers, libraries and a Makefile fragment in [sdk].");
  }

  private String image() throws IOException {
    return spec.boot().image()
        + ": "
        + ImageCheck.require(folder.image(spec), spec, kernelToml).what();
  }

  private void modes() {
    if (spec.modes().isEmpty() && spec.gpos().isEmpty()) {
      points.add(
          new Point(
              "modes",
              Verdict.LACKS,
              "It supports no mode, so nobody can dive it.",
              "Add a table such as [modes.full-vm]."));
    } else if (!spec.modes().isEmpty()) {
      has("modes", String.join(", ", spec.modes().keySet()));
    }
  }

  private void scripts() {
    for (KernelStage stage : KernelStage.values()) {
      Optional<String> script = stage.script(spec.scripts());
      String name = "scripts." + stage;
      Finding runnable = () -> runnable(name, folder.script(stage, script.orElseThrow()));
      switch (stage) {
        case BUILD ->
            find(
                name,
                script.isPresent(),
                runnable,
                "Only its publisher can build it.",
                "Name a script that leaves " + spec.boot().image() + ".");
        case TEST ->
            find(
                name,
                script.isPresent(),
                runnable,
                "Nobody can tell whether a changed one still works.",
                "Name a script that ends with status 0 if it does.");
        default -> script.ifPresent(_ -> find(name, runnable));
      }
    }
  }

  private void nets() {
    KernelSpec.NetScripts net = spec.net();
    net.build().ifPresent(path -> netScript("net.build", path));
    net.test().ifPresent(path -> netScript("net.test", path));
    net.deploy().ifPresent(path -> netScript("net.deploy", path));
    net.templates().ifPresent(path -> find("net.templates", () -> templates(path)));
  }

  private void netScript(String field, String path) {
    find(field, () -> runnable(field, folder.executable(field, path)));
  }

  private String templates(String path) throws IOException {
    Path templates = folder.root().resolve(path);
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(templates)) {
      try (var all = Files.newDirectoryStream(templates, Files::isDirectory)) {
        all.forEach(template -> names.add(String.valueOf(template.getFileName())));
      }
    }
    if (names.isEmpty()) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              kernelToml + ": net.templates: " + path + " has no folder of a template.",
              "Make one with the files that a new net starts from.")
          .exception();
    }
    return String.join(", ", names.stream().sorted().toList());
  }

  /** A script whose first line names an interpreter of this machine. */
  private String runnable(String field, Path script) throws IOException {
    String interpreter = "";
    try (BufferedReader reader = Files.newBufferedReader(script, StandardCharsets.ISO_8859_1)) {
      char[] start = new char[MAX_INTERPRETER];
      int length = Math.max(0, reader.read(start));
      String line = new String(start, 0, length).lines().findFirst().orElse("");
      if (line.startsWith("#!")) {
        interpreter = line.substring(2).strip().split("\\s", 2)[0];
      }
    }
    if (!interpreter.isEmpty() && !Files.isExecutable(Path.of(interpreter))) {
      throw new Failure(
              Failure.Kind.INVALID,
              "%s: %s: %s wants %s, which is not here."
                  .formatted(kernelToml, field, shown(script), interpreter),
              "Install it, or use #!/bin/sh.")
          .exception();
    }
    return shown(script);
  }

  private void description() {
    could("license", spec.license(), "Nobody knows what may be done with it.", "\"Apache-2.0\"");
    could(
        "description",
        spec.description(),
        "Its page in the catalog is empty.",
        "\"what it is, in Markdown\"");
    could("tags", String.join(", ", spec.tags()), "It is hard to find.", "[\"hpc\"]");
    could("homepage", spec.homepage().orElse(""), "Nobody knows where to ask.", "\"https://…\"");
  }

  private void could(String name, String value, String why, String example) {
    find(
        name,
        !value.isBlank(),
        () -> value.strip().lines().findFirst().orElse(""),
        why,
        "Write " + name + " = " + example + ".");
  }

  private static String count(int files) {
    return files == 1 ? "1 file" : files + " files";
  }

  private String shown(Path file) {
    return folder.root().relativize(file).toString();
  }

  private void has(String name, String what) {
    points.add(new Point(name, Verdict.HAS, what, ""));
  }

  private void find(String name, boolean isThere, Finding finding, String without, String remedy) {
    if (isThere) {
      find(name, finding);
    } else {
      points.add(new Point(name, Verdict.COULD, without, remedy));
    }
  }

  private void find(String name, Finding finding) {
    try {
      has(name, finding.find());
    } catch (DiverException e) {
      points.add(lacks(name, e.failure()));
    } catch (IOException e) {
      points.add(
          new Point(name, Verdict.LACKS, "It cannot be read: " + e + ".", "Look at the file."));
    }
  }

  private static Point lacks(String name, Failure failure) {
    return new Point(name, Verdict.LACKS, failure.what(), failure.remedy());
  }
}
