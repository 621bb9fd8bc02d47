package dev.diver.kernels.confine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a script sees of the host, as bubblewrap's command line: the system's programs and
 * libraries, a few files of /etc, and the folders that it was given. Nothing that is not named is
 * there: no home, no secrets, no sockets, no other processes.
 */
final class Sandbox {

  /** Programs, libraries, toolchains, kernels, and what says which packages are installed. */
  private static final List<String> SYSTEM =
      List.of(
          "/usr",
          "/bin",
          "/sbin",
          "/lib",
          "/lib32",
          "/lib64",
          "/libx32",
          "/opt",
          "/boot",
          "/nix/store",
          "/gnu/store",
          "/sys/devices/system",
          "/var/lib/dpkg",
          "/var/lib/apt");

  /** What of /etc programs look at; there is much else in it that is nobody's business. */
  private static final List<String> SETTINGS =
      List.of(
          "alternatives",
          "apt/apt.conf.d",
          "apt/preferences.d",
          "apt/sources.list",
          "apt/sources.list.d",
          "apt/trusted.gpg",
          "apt/trusted.gpg.d",
          "ca-certificates",
          "debian_version",
          "dpkg",
          "group",
          "host.conf",
          "hosts",
          "ld.so.cache",
          "ld.so.conf",
          "ld.so.conf.d",
          "localtime",
          "magic",
          "maven",
          "mke2fs.conf",
          "mtools.conf",
          "nsswitch.conf",
          "os-release",
          "passwd",
          "pki",
          "protocols",
          "resolv.conf",
          "services",
          "ssl/certs",
          "ssl/openssl.cnf",
          "timezone");

  /** Where root may change the running Linux, even without capabilities: core_pattern, for one. */
  private static final List<String> LEVERS = List.of("/proc/sys", "/proc/sysrq-trigger");

  /** How a path of the host appears. The later ones win where both are the same path. */
  private enum Kind {
    READ,
    HIDE,
    WRITE
  }

  private record Mount(Kind kind, Path path) {}

  private final Script script;
  private final Map<String, String> host;
  private final List<Path> secrets;

  /**
   * A sandbox.
   *
   * @param host the environment of Diver itself
   * @param secrets folders that stay hidden where they are in one that may be read
   */
  Sandbox(Script script, Map<String, String> host, List<Path> secrets) {
    this.script = script;
    this.host = host;
    this.secrets = secrets;
  }

  /** Bubblewrap's words, to which a command is added. */
  List<String> words(Path bubblewrap) throws IOException {
    List<String> words = new ArrayList<>(List.of(bubblewrap.toString()));
    words.addAll(List.of("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"));
    words.addAll(List.of("--unshare-cgroup-try", "--hostname", "diver", "--cap-drop", "ALL"));
    words.addAll(List.of("--die-with-parent", "--new-session", "--clearenv"));
    if (!script.grants().network()) {
      words.add("--unshare-net");
    }
    Contract.environment(script, host)
        .forEach((name, value) -> words.addAll(List.of("--setenv", name, value)));
    system(words);
    words.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
    for (String levers : LEVERS) {
      words.addAll(List.of("--ro-bind-try", levers, levers));
    }
    words.addAll(List.of("--dev-bind-try", "/dev/kvm", "/dev/kvm"));
    words.addAll(List.of("--tmpfs", Contract.TEMPORARY, "--dir", Contract.HOME));
    words.addAll(List.of("--symlink", Contract.TEMPORARY, "/var/tmp"));
    mounts().forEach(mount -> words.addAll(mounted(mount)));
    words.addAll(List.of("--remount-ro", "/", "--chdir", script.folder().toString(), "--"));
    return words;
  }

  private static void system(List<String> words) throws IOException {
    for (String path : SYSTEM) {
      Path folder = Path.of(path);
      if (Files.isSymbolicLink(folder)) {
        words.addAll(List.of("--symlink", Files.readSymbolicLink(folder).toString(), path));
      } else {
        words.addAll(List.of("--ro-bind-try", path, path));
      }
    }
    for (Path setting : settings()) {
      words.addAll(List.of("--ro-bind-try", setting.toString(), setting.toString()));
    }
  }

  private static List<Path> settings() throws IOException {
    Path etc = Path.of("/etc");
    List<Path> settings = new ArrayList<>(SETTINGS.stream().map(etc::resolve).toList());
    try (DirectoryStream<Path> java = Files.newDirectoryStream(etc, "java*")) {
      java.forEach(settings::add);
    }
    return settings;
  }

  /** The outer ones first, so that none covers what is in it. */
  private List<Mount> mounts() throws IOException {
    List<Path> readable = readable();
    List<Path> hidden = new ArrayList<>(secrets);
    readable.forEach(path -> hidden.add(path.resolve(".git/config")));
    List<Path> visible = new ArrayList<>(readable);
    SYSTEM.forEach(path -> visible.add(Path.of(path)));
    return Stream.of(
            readable.stream().map(path -> new Mount(Kind.READ, path)),
            hidden.stream()
                .filter(path -> isBelowOneOf(visible, path) && Files.exists(path))
                .map(path -> new Mount(Kind.HIDE, path)),
            script.writable().stream().map(path -> new Mount(Kind.WRITE, path)),
            script.writable().stream()
                .map(path -> path.resolve(".git")) // its hooks run outside of the sandbox
                .filter(Files::exists)
                .map(path -> new Mount(Kind.READ, path)))
        .flatMap(mounts -> mounts)
        .distinct()
        .sorted(
            Comparator.comparingInt((Mount mount) -> mount.path().getNameCount())
                .thenComparing(Mount::kind))
        .toList();
  }

  /** Without symbolic links, as both sides have it. */
  private List<Path> readable() throws IOException {
    List<Path> readable = new ArrayList<>(script.grants().readable());
    readable.add(script.folder());
    script.grants().store().ifPresent(readable::add);
    Contract.launcher(host).map(Path::getParent).filter(this::isNarrow).ifPresent(readable::add);
    readable.add(Path.of(System.getProperty("java.home")));
    checkout(script.folder()).filter(this::isNarrow).ifPresent(readable::add);
    List<Path> real = new ArrayList<>();
    for (Path path : readable) {
      if (Files.exists(path)) {
        real.add(path.toRealPath());
      }
    }
    return real;
  }

  private static boolean isBelowOneOf(List<Path> folders, Path path) {
    return folders.stream().anyMatch(f -> path.startsWith(f) && !path.equals(f));
  }

  private static List<String> mounted(Mount mount) {
    String path = mount.path().toString();
    return switch (mount.kind()) {
      case READ -> List.of("--ro-bind", path, path);
      case WRITE -> List.of("--bind", path, path);
      case HIDE ->
          Files.isDirectory(mount.path())
              ? List.of("--tmpfs", path)
              : List.of("--dev-bind", "/dev/null", path);
    };
  }

  /** The repository that a folder is a part of, whose other parts its scripts may need. */
  private static Optional<Path> checkout(Path folder) {
    for (Path above = folder; above != null; above = above.getParent()) {
      if (Files.exists(above.resolve(".git"))) {
        return Optional.of(above);
      }
    }
    return Optional.empty();
  }

  /** Whether the user's home is not in it. */
  private boolean isNarrow(Path folder) {
    String home = host.getOrDefault("HOME", "");
    return home.isEmpty() || !Path.of(home).startsWith(folder);
  }
}
