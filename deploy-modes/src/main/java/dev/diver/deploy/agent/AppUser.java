package dev.diver.deploy.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user as whom an app runs: the one who runs Diver. */
public record AppUser(int uid, int gid) {

  /** The user of this process. */
  public static AppUser current() {
    try {
      Path self = Path.of("/proc/self");
      return new AppUser(
          (Integer) Files.getAttribute(self, "unix:uid"),
          (Integer) Files.getAttribute(self, "unix:gid"));
    } catch (IOException e) {
      throw new IllegalStateException(e); // a Linux without /proc runs no Diver
    }
  }
}
