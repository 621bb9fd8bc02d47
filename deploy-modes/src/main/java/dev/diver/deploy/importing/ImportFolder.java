package dev.diver.deploy.importing;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.image.Compression;
import dev.diver.kernels.pack.Staging;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The folder of a kernel that is being imported. It is filled beside its place, so that nobody sees
 * half of it, and goes away unless it is kept: also where the process is told to end.
 */
final class ImportFolder implements AutoCloseable {

  static final String BOOT = "boot";
  static final String INCLUDE = "include";

  /** What ends an import that cannot go on. */
  static final Failure INTERRUPTED =
      new Failure(
          Failure.Kind.INTERRUPTED,
          "The import was interrupted, and nothing of it is left.",
          "Run it again when it can finish.");

  private static final long MAX_UNPACKED = 4L << 30;
  private static final int MAX_HEADERS = 100_000;
  private static final int MAX_NAME = 100;
  private static final long LAST_WORK_SECONDS = 5;

  private final Path target;
  private final Thread worker = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "import-interrupted");
  private volatile boolean over;
  private volatile Path path;
  private boolean kept;

  private ImportFolder(Path target, Path path) {
    this.target = target;
    this.path = path;
  }

  /** A folder that is to be at {@code target}; CONFLICT where there is something already. */
  static ImportFolder create(Path target) {
    requireFree(target);
    try {
      ImportFolder folder = new ImportFolder(target, Staging.create(target));
      Runtime.getRuntime().addShutdownHook(folder.hook);
      return folder;
    } catch (IOException e) {
      throw IoFailure.of("make", target, e);
    }
  }

  /** CONFLICT where something is at this path. */
  static void requireFree(Path target) {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              target + " exists already.",
              "Give the kernel another name with --name, or import it from another folder.")
          .exception();
    }
  }

  /** Where it is now. */
  Path path() {
    return path;
  }

  /** Copies a file to what boots, and says where it is then, relative to the folder. */
  String add(Path source) {
    String name = freeName(String.valueOf(source.getFileName()));
    Path copy = path.resolve(name);
    try {
      Files.createDirectories(path.resolve(BOOT));
      Files.copy(source, copy);
      return name;
    } catch (IOException e) {
      throw failed("copy", source, e);
    }
  }

  /** The same with what a compressed file unpacks to. */
  String addUnpacked(Path source, Compression compression) {
    String packed = String.valueOf(source.getFileName());
    String name = freeName(unpackedName(packed));
    try {
      Files.createDirectories(path.resolve(BOOT));
    } catch (IOException e) {
      throw failed("make", path, e);
    }
    compression.unpack(source, path.resolve(name), MAX_UNPACKED);
    return name;
  }

  /** A file's name without what says how it is compressed. */
  static String unpackedName(String name) {
    return name.replaceFirst("(?i)\\.(gz|xz|bz2|zst|zstd)$", "");
  }

  /** Copies a folder of headers; links are followed where they lead to a file inside of it. */
  void addHeaders(Path folder) {
    try {
      Path root = folder.toRealPath();
      List<Path> files;
      try (Stream<Path> walk = Files.walk(root)) {
        files = walk.filter(Files::isRegularFile).limit(MAX_HEADERS + 1L).toList();
      }
      if (files.isEmpty() || files.size() > MAX_HEADERS) {
        throw invalid(
            folder + (files.isEmpty() ? " has no files." : " has more than 100,000 files."),
            "Name the folder with the kernel's headers.");
      }
      for (Path file : files) {
        if (!file.toRealPath().startsWith(root)) {
          throw invalid(
              file + " leads to " + file.toRealPath() + ", outside of that folder.",
              "Copy the file into the folder, or leave it out.");
        }
        Path copy = path.resolve(INCLUDE).resolve(root.relativize(file).toString());
        Files.createDirectories(copy.resolveSibling(""));
        Files.copy(file, copy);
      }
    } catch (IOException e) {
      throw failed("copy", folder, e);
    }
  }

  /** Writes its kernel.toml, once. */
  void write(String name, String text) {
    try {
      Files.writeString(
          path.resolve(name), text, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
    } catch (IOException e) {
      throw failed("write", path.resolve(name), e);
    }
  }

  /** Brings the folder to its place; CONFLICT where there is something by now. */
  void settle() {
    requireFree(target);
    requireGoingOn();
    try {
      Files.move(path, target);
      path = target;
    } catch (IOException e) {
      throw IoFailure.of("make", target, e);
    }
  }

  /** From now on it stays. */
  void keep() {
    requireGoingOn();
    kept = true;
  }

  /** INTERRUPTED where the process has been told to end. */
  void requireGoingOn() {
    if (over) {
      throw INTERRUPTED.exception();
    }
  }

  @Override
  public void close() {
    try {
      if (!kept) {
        Staging.delete(path);
      }
    } catch (IOException e) {
      throw IoFailure.of("remove", path, e);
    } finally {
      closed.countDown();
      forgetHook();
    }
  }

  /** A signal ends the process: who works here is waited for, since it removes what there is. */
  private void interrupted() {
    over = true;
    worker.interrupt();
    try {
      if (!closed.await(LAST_WORK_SECONDS, TimeUnit.SECONDS)) {
        Staging.delete(path);
      }
    } catch (IOException | InterruptedException e) {
      // the next import of this name removes it
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it runs just now
    }
  }

  /** A path in the boot folder that is plain and that nothing has yet. */
  private String freeName(String wanted) {
    String plain = wanted.replaceAll("[^A-Za-z0-9._+-]", "-").replaceFirst("^[.-]+", "");
    String base = plain.isEmpty() ? "file" : plain.substring(0, Math.min(MAX_NAME, plain.length()));
    String name = BOOT + "/" + base;
    for (int number = 2; Files.exists(path.resolve(name)); number++) {
      name = BOOT + "/" + number + "-" + base;
    }
    return name;
  }

  /** An interrupted copy is no failure of the disk. */
  private RuntimeException failed(String action, Path file, IOException e) {
    requireGoingOn();
    return IoFailure.of(action, file, e);
  }

  private static RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }
}
