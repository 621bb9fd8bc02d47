package dev.diver.kernels.pack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Folders that are filled beside their place and renamed to it when they are complete. */
public final class Staging {

  private static final String MARK = ".unpacking-";
  private static final AtomicLong SEQUENCE = new AtomicLong();

  private Staging() {}

  /** A new folder beside {@code target}; deletes those that dead processes left there. */
  public static Path create(Path target) throws IOException {
    Path parent = target.resolveSibling("");
    String prefix = "." + target.getFileName() + MARK;
    try (Stream<Path> siblings = Files.list(parent)) {
      for (Path sibling : siblings.filter(s -> isLeftover(s, prefix)).toList()) {
        delete(sibling);
      }
    }
    long pid = ProcessHandle.current().pid();
    return Files.createDirectory(parent.resolve(prefix + pid + "-" + SEQUENCE.incrementAndGet()));
  }

  /** Deletes a folder and all in it, without following links. */
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> all;
      try (Stream<Path> walk = Files.walk(folder)) {
        all = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : all) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static boolean isLeftover(Path sibling, String prefix) {
    String name = sibling.getFileName().toString();
    if (!name.startsWith(prefix)) {
      return false;
    }
    String pid = name.substring(prefix.length()).split("-", 2)[0];
    return pid.matches("[0-9]{1,10}") && ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }
}
