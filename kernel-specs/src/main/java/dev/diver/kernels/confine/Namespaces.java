package dev.diver.kernels.confine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Why this Linux lets nobody make user namespaces, and the command that mends it. */
final class Namespaces {

  private static final String WHAT = "A publisher's script is run confined or not at all, and ";

  private Namespaces() {}

  /**
   * What the settings of the kernel say of it.
   *
   * @param settings /proc/sys
   * @param said what bubblewrap said, in its own words
   */
  static Failure explain(Path settings, String said) {
    return is(settings, "kernel/unprivileged_userns_clone", "0")
        ? setting("kernel.unprivileged_userns_clone", "0", "1")
        : is(settings, "user/max_user_namespaces", "0")
            ? setting("user.max_user_namespaces", "0", "15000")
            : is(settings, "kernel/apparmor_restrict_unprivileged_userns", "1")
                ? setting("kernel.apparmor_restrict_unprivileged_userns", "1", "0")
                : other(said);
  }

  private static Failure setting(String name, String is, String mended) {
    return new Failure(
        Failure.Kind.MISSING,
        WHAT + "this Linux allows no user namespaces: " + name + " is " + is + ".",
        "Allow them: sudo sysctl -w " + name + "=" + mended + ".");
  }

  private static Failure other(String said) {
    return new Failure(
        Failure.Kind.MISSING,
        WHAT + "bubblewrap cannot confine it here: " + said + ".",
        "In a container, start that with more rights (docker run --privileged);"
            + " else see: bwrap --unshare-user --ro-bind / / true.");
  }

  private static boolean is(Path settings, String name, String value) {
    try {
      return Files.readString(settings.resolve(name)).strip().equals(value);
    } catch (IOException e) {
      return false; // this Linux has no such setting
    }
  }
}
