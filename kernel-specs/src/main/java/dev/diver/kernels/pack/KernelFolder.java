package dev.diver.kernels.pack;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KnownKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * A kernel's folder and the files in it that belong to its package. A symbolic link stands for the
 * file that it points to, which must be in the folder too.
 *
 * @param root the folder, without symbolic links
 * @param kernelToml its kernel.toml
 */
record KernelFolder(Path root, Path kernelToml) {

  static KernelFolder of(Path kernelToml) throws IOException {
    Path real = kernelToml.toRealPath();
    Path root = real.getParent();
    return new KernelFolder(root == null ? real : root, real);
  }

  /** What boots. */
  Path image(KernelSpec spec) throws IOException {
    return file("boot.image", spec.boot().image(), unbuilt(spec));
  }

  /** The drivers of a general-purpose OS. */
  Path modules(KernelSpec spec, KernelSpec.Gpos gpos) throws IOException {
    return file("gpos.modules", gpos.modules(), unbuilt(spec));
  }

  /** What boots beside the image, by the paths that kernel.toml has. */
  SortedMap<String, Path> parts(KernelSpec spec) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    for (String part : spec.boot().parts()) {
      files.put(part, part(spec, part));
    }
    return files;
  }

  /** One of {@link KernelSpec.Boot#parts}; a disk is one that can be attached. */
  Path part(KernelSpec spec, String part) throws IOException {
    Path file = file(field(spec.boot(), part), part, unbuilt(spec));
    return spec.boot().disks().contains(part) ? DiskImage.ofOthers(file).file() : file;
  }

  /** The field of kernel.toml that names this part. */
  static String field(KernelSpec.Boot boot, String part) {
    if (boot.initrd().filter(part::equals).isPresent()) {
      return "boot.initrd";
    }
    return boot.disks().contains(part) ? "boot.disks" : "boot.modules";
  }

  private static String unbuilt(KernelSpec spec) {
    if (spec.scripts().build().isPresent()) {
      return "Build it first: diver kernel build.";
    }
    String like = KnownKernels.names().contains(spec.name()) ? " --like " + spec.name() : "";
    return "No script builds it: put there what its own project builds, or make a package of that:"
        + " diver kernel import FILE"
        + like
        + ".";
  }

  /** kernel.toml and what the globs of [sdk] match, by name. */
  SortedMap<String, Path> sdk(KernelSpec spec) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    files.put(Packer.KERNEL_TOML, kernelToml);
    files.putAll(matching("sdk.files", spec.sdk().files()));
    Optional<String> makefile = spec.sdk().makefile();
    if (makefile.isPresent() && !files.containsKey(makefile.get())) {
      throw new Failure(
              Failure.Kind.INVALID,
              kernelToml + ": sdk.makefile: " + makefile.get() + " is not among sdk.files.",
              "Add it there, so that nets get it.")
          .exception();
    }
    return files;
  }

  /** What the globs of [source] match, by name. */
  SortedMap<String, Path> source(KernelSpec spec) throws IOException {
    return matching("source.files", spec.source().files());
  }

  private SortedMap<String, Path> matching(String field, List<String> globs) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    List<Path> all = globs.isEmpty() ? List.of() : all();
    for (String glob : globs) {
      PathMatcher matcher = matcher(field, glob);
      List<Path> matched = all.stream().filter(f -> matcher.matches(root.relativize(f))).toList();
      if (matched.isEmpty()) {
        throw new Failure(
                Failure.Kind.INVALID,
                kernelToml + ": " + field + ": \"" + glob + "\" matches no file.",
                "Build the kernel first (diver kernel build), or correct the pattern.")
            .exception();
      }
      for (Path file : matched) {
        files.put(root.relativize(file).toString(), inside(field, file));
      }
    }
    return files;
  }

  /** All files but those of version control, which are nobody else's. */
  private List<Path> all() throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile)
          .filter(file -> !root.relativize(file).startsWith(".git"))
          .toList();
    }
  }

  /** The scripts and the templates of nets that kernel.toml names, by name. */
  SortedMap<String, Path> scripts(KernelSpec spec) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    for (KernelStage stage : KernelStage.values()) {
      Optional<String> script = stage.script(spec.scripts());
      if (script.isPresent()) {
        files.put(script.get(), script(stage, script.get()));
      }
    }
    for (Map.Entry<String, String> script : spec.net().byName().entrySet()) {
      files.put(script.getValue(), executable("net." + script.getKey(), script.getValue()));
    }
    Optional<String> templates = spec.net().templates();
    if (templates.isPresent()) {
      files.putAll(templates(templates.get()));
    }
    return files;
  }

  private SortedMap<String, Path> templates(String path) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    Path folder = root.resolve(path);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> walk = Files.walk(folder)) {
        for (Path file : walk.filter(Files::isRegularFile).toList()) {
          files.put(root.relativize(file).toString(), inside("net.templates", file));
        }
      }
    }
    if (files.isEmpty()) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              kernelToml + ": net.templates: there is no folder " + path + " with files in it.",
              "Make it, with a folder for each template, or remove net.templates.")
          .exception();
    }
    return files;
  }

  /** The script of a stage; it exists and may be executed. */
  Path script(KernelStage stage, String path) throws IOException {
    return executable("scripts." + stage, path);
  }

  /** A script; it exists and may be executed. */
  Path executable(String field, String path) throws IOException {
    Path script = file(field, path, "Write it, or correct the path.");
    if (!Files.isExecutable(script)) {
      throw new Failure(
              Failure.Kind.INVALID,
              kernelToml + ": " + field + ": " + path + " is not executable.",
              "Make it so: chmod +x " + script + ".")
          .exception();
    }
    return script;
  }

  private Path file(String field, String path, String remedy) throws IOException {
    Path file = root.resolve(path);
    if (!Files.isRegularFile(file)) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              kernelToml + ": " + field + ": there is no file " + path + ".",
              remedy)
          .exception();
    }
    return inside(field, file);
  }

  private Path inside(String field, Path file) throws IOException {
    Path real = file.toRealPath();
    if (!real.startsWith(root)) {
      throw new Failure(
              Failure.Kind.INVALID,
              "%s: %s: %s leads to %s, outside of the kernel's folder."
                  .formatted(kernelToml, field, root.relativize(file), real),
              "Copy the file into the folder.")
          .exception();
    }
    return real;
  }

  private PathMatcher matcher(String field, String glob) {
    try {
      return root.getFileSystem().getPathMatcher("glob:" + glob);
    } catch (PatternSyntaxException e) {
      throw new Failure(
              Failure.Kind.INVALID,
              kernelToml
                  + ": "
                  + field
                  + ": \""
                  + glob
                  + "\" is not a pattern: "
                  + e.getDescription(),
              "Write a path with * and **, as in include/**.")
          .exception(e);
    }
  }
}
