package dev.diver.kernels.pack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What is filled beside its place and renamed to it when it is complete. */
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

  /** Replaces a file, of which there is one writer: a reader sees the old content or the new. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, content);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh); // the disk may be full
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
