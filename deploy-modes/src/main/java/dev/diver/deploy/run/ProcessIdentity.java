package dev.diver.deploy.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process, told apart from a later one that got the same number, and from those of other machines
 * that share a file system with this one, as the nodes of a cluster do.
 *
 * @param pid its number
 * @param startTicks when it started, in clock ticks since boot (proc(5), stat, field 22)
 * @param machine the name of the one that it runs on (hostname(7))
 */
public record ProcessIdentity(long pid, long startTicks, String machine) {

  /** The name of the machine that Diver runs on. */
  static final String THIS_MACHINE = hostname(Path.of("/proc/sys/kernel/hostname"));

  /** The process that has this number now; empty where there is none or it is a zombie. */
  public static Optional<ProcessIdentity> of(long pid) {
    try {
      String stat =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      // field 2 is the command in parentheses and may hold blanks and parentheses itself
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      boolean dead = fields[0].equals("Z") || fields[0].equals("X");
      return dead
          ? Optional.empty()
          : Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19]), THIS_MACHINE));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** This Java process. */
  public static ProcessIdentity current() {
    return of(ProcessHandle.current().pid()).orElseThrow();
  }

  private static String hostname(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private boolean isHere() {
    return machine.equals(THIS_MACHINE);
  }

  /** Whether it still runs. Of one elsewhere nobody here can tell, so that it is taken to. */
  public boolean alive() {
    return !isHere() || of(pid).filter(this::equals).isPresent();
  }

  /** Ends it by SIGKILL if it still runs here. */
  public void kill() {
    if (isHere() && alive()) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
