package dev.diver.templates;

import dev.diver.kernels.document.TomlFile;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Templates that a kernel's package brings: a folder for each, with the files of a project. {@code
 * template.toml} in it ({@code summary}) describes it and is not part of the project; {@code
 * net.toml} and {@code .gitignore} may be left out. They are a stranger's: every name and size is
 * checked here.
 */
final class PackagedTemplates {

  private static final String DESCRIPTION = "template.toml";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
  private static final int MAX_TEMPLATES = 64;
  private static final int MAX_FILES = 1000;
  private static final long MAX_BYTES = 16L << 20;

  /** Folders with a meaning to programs that a user runs in a project without looking into them. */
  private static final List<String> NOT_OURS = List.of(".git", ".diver");

  private static final String NET = "net.toml";

  /**
   * What a template's own net.toml may say. All else, commands and options of QEMU above all, would
   * run or open something of this machine with all that the user may: that is the user's to write.
   */
  private static final Set<String> NET_FIELDS =
      Set.of(
          "name", "kernel", "kernel-digest", "app", "image", "initrd", "modules", "disks", "dive");

  private static final Set<String> DIVE_FIELDS =
      Set.of("mode", "cpus", "memory", "args", "env", "timeout", "publish", "hypervisor");

  /** These are files that the build leaves. */
  private static final List<String> BUILT = List.of("app", "image", "initrd", "modules", "disks");

  private final Path root;
  private final KernelSpec spec;

  private PackagedTemplates(Path root, KernelSpec spec) {
    this.root = root;
    this.spec = spec;
  }

  private record Description(String summary) {}

  /**
   * The templates in this folder, by name.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where one is not as it should be
   */
  static List<Template> read(Path root, KernelSpec spec) throws IOException {
    return new PackagedTemplates(root, spec).templates();
  }

  private List<Template> templates() throws IOException {
    List<Path> folders = children(root);
    if (folders.size() > MAX_TEMPLATES) {
      throw refused("there are more than " + MAX_TEMPLATES + " of them");
    }
    List<Template> templates = new ArrayList<>();
    for (Path folder : folders) {
      templates.add(template(folder));
    }
    return templates;
  }

  private Template template(Path folder) throws IOException {
    String name = folder.getFileName().toString();
    if (!NAME.matcher(name).matches() || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("\"" + shown(name) + "\" is not the folder of a template");
    }
    SortedMap<String, Template.Content> files = files(folder);
    files.remove(DESCRIPTION);
    files.computeIfAbsent(".gitignore", file -> OwnTemplate.resource(file, "common"));
    Template.Content net = files.get(NET);
    if (net != null) {
      requireHarmless(folder, new String(net.bytes(), StandardCharsets.UTF_8));
    }
    files.computeIfAbsent(NET, file -> OwnTemplate.resource(file, describedBy()));
    return new Template(name, summary(folder), files);
  }

  private void requireHarmless(Path folder, String toml) {
    JsonNode tree;
    try {
      tree = TomlFile.tree(toml);
    } catch (JacksonException e) {
      throw refused("the net.toml of " + folder.getFileName() + " is not TOML");
    }
    List<String> unfit = new ArrayList<>();
    tree.propertyNames().stream().filter(name -> !NET_FIELDS.contains(name)).forEach(unfit::add);
    tree.path("dive").propertyNames().stream()
        .filter(name -> !DIVE_FIELDS.contains(name))
        .forEach(name -> unfit.add("dive." + name));
    for (String field : BUILT) {
      JsonNode value = tree.path(field);
      List<JsonNode> paths = value.isArray() ? value.valueStream().toList() : List.of(value);
      if (paths.stream().anyMatch(path -> !path.isMissingNode() && !isBuilt(path))) {
        unfit.add(field + " outside of build/");
      }
    }
    if (!unfit.isEmpty()) {
      throw refused(
          "the net.toml of %s has what only its user may write: %s"
              .formatted(folder.getFileName(), shown(String.join(", ", unfit))));
    }
  }

  private static boolean isBuilt(JsonNode path) {
    String text = path.asString("");
    return text.isEmpty() || (text.startsWith("build/") && !text.contains(".."));
  }

  /** The folder of the net.toml for this kernel. */
  private String describedBy() {
    if (spec.net().build().isEmpty()) {
      return "common";
    }
    return spec.boot().app() == KernelSpec.AppDelivery.NONE ? "linked" : "delivered";
  }

  private SortedMap<String, Template.Content> files(Path folder) throws IOException {
    SortedMap<String, Template.Content> files = new TreeMap<>();
    long bytes = 0;
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.skip(1).limit(MAX_FILES + 1L).toList();
    }
    if (all.size() > MAX_FILES) {
      throw refused(folder.getFileName() + " has more than " + MAX_FILES + " files");
    }
    for (Path path : all) {
      String name = folder.relativize(path).toString();
      if (NOT_OURS.contains(path.getFileName().toString())) {
        throw refused("\"" + shown(name) + "\" is a name that is not a template's to give");
      }
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        bytes += Files.size(path);
        if (bytes > MAX_BYTES) {
          throw refused(folder.getFileName() + " is larger than " + (MAX_BYTES >> 20) + " MiB");
        }
        files.put(name, new Template.Content(Files.readAllBytes(path), isExecutable(path)));
      } else if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        throw refused("\"" + shown(name) + "\" is a link");
      }
    }
    return files;
  }

  private String summary(Path folder) throws IOException {
    Path file = folder.resolve(DESCRIPTION);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    return TomlFile.read(file, Description.class, tree -> {}, description -> Optional.empty())
        .summary();
  }

  private static boolean isExecutable(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OWNER_EXECUTE);
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().limit(MAX_TEMPLATES + 1L).toList();
    }
  }

  private RuntimeException refused(String why) {
    return new Failure(
            Failure.Kind.INVALID,
            "The templates of " + spec.name() + " cannot be used: " + why + ".",
            "Tell its publisher; Diver's own templates need no package.")
        .exception();
  }

  private static String shown(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
