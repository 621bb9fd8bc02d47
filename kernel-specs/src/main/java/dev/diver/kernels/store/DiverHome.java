package dev.diver.kernels.store;

import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.Map;

/**
 * The user's data directory.
 *
 * @param root an absolute path; it need not exist yet
 */
public record DiverHome(Path root) {

  public DiverHome {
    root = root.toAbsolutePath().normalize();
  }

  /**
   * {@code DIVER_HOME}, else {@code $XDG_DATA_HOME/diver}, else {@code ~/.local/share/diver} (XDG
   * base directory specification).
   */
  public static DiverHome locate(Map<String, String> env) {
    String own = env.getOrDefault("DIVER_HOME", "");
    if (!own.isEmpty()) {
      return new DiverHome(Path.of(own));
    }
    String data = env.getOrDefault("XDG_DATA_HOME", "");
    if (data.startsWith("/")) {
      return new DiverHome(Path.of(data, "diver"));
    }
    String home = env.getOrDefault("HOME", "");
    if (home.isEmpty()) {
      throw new Failure(
              Failure.Kind.MISSING,
              "Neither DIVER_HOME nor HOME is set, so Diver has no place for its data.",
              "Set DIVER_HOME to a directory that you can write to.")
          .exception();
    }
    return new DiverHome(Path.of(home, ".local", "share", "diver"));
  }

  /** The kernels on this machine. */
  public Path store() {
    return root.resolve("store");
  }

  /** One folder for each dive. */
  public Path runs() {
    return root.resolve("runs");
  }

  /** The folder that holds one folder for each pipeline that runs. */
  public Path pipelines() {
    return root.resolve("pipelines");
  }

  /** What forwarding costs on this machine, a file for each mode. */
  public Path profiles() {
    return root.resolve("profiles");
  }

  /** What can be made again: start-up caches, answers of probes. */
  public Path cache() {
    return root.resolve("cache");
  }

  /** The user's settings. */
  public Path config() {
    return root.resolve("config.toml");
  }

  /** Credentials for catalogs, in docker's format. */
  public Path auth() {
    return root.resolve("auth.json");
  }
}
