package dev.diver.deploy.node;

import dev.diver.deploy.machine.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Commands in place of ssh: what they are asked to run there, they run here. */
public final class LocalSsh {

  private LocalSsh() {}

  /** A machine behind an ssh that a shell in this folder plays. */
  public static Node node(Path folder) {
    return node(folder, "for word; do :; done; exec sh -c \"$word\"");
  }

  /** A machine behind an ssh that does this instead. */
  public static Node node(Path folder, String script) {
    Path ssh = folder.resolve("local ssh");
    try {
      Files.writeString(ssh, "#!/bin/sh\n" + script + "\n");
      Files.setPosixFilePermissions(ssh, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return node(folder, Map.of(SshNode.COMMAND, "'" + ssh + "' -F none"), "ssh://root@there");
  }

  /** A machine behind the real ssh, or what the environment says. */
  static Node node(Path folder, Map<String, String> environment, String address) {
    return Node.at(Optional.of(address), host(folder, environment));
  }

  private static Host host(Path folder, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("PATH", System.getenv("PATH"));
    return new Host(all, folder.resolve("cache"));
  }
}
