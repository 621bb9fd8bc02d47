package dev.diver.kernels.pack;

import com.github.luben.zstd.ZstdInputStream;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.oci.Descriptor;
import dev.diver.kernels.store.KernelStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks tar archives of strangers. Nothing is written outside of the folder, nothing beyond the
 * limits, and the folder appears with all its content or not at all. Only files, folders and links
 * within the folder are made; permissions become 0644 or 0755.
 */
public final class Unpacker {

  /** Memory for decompression: what zstd itself allows without being asked, 128 MiB. */
  private static final int MAX_WINDOW_LOG = 27;

  /** Headers of one entry, long names included, in bytes. */
  private static final int MAX_HEADERS = 1 << 16;

  private static final int MAX_NAME = 1024;
  private static final int MAX_NAME_PART = 255;
  private static final int ANY_EXECUTE = 0111;
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");
  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  /** What a name of the archive became. */
  private enum Made {
    FILE,
    FOLDER,
    LINK
  }

  private final Path root;
  private final Limits limits;
  private final Map<Path, Made> made = new LinkedHashMap<>();
  private final Map<Path, String> links = new LinkedHashMap<>();

  private Unpacker(Path root, Limits limits) {
    this.root = root;
    this.limits = limits;
  }

  /**
   * Unpacks an archive into a new folder.
   *
   * @param tarZstd the archive
   * @param into the folder, which must not exist; the one that it is in is made if necessary
   * @throws dev.diver.kernels.failure.DiverException INVALID where the archive is damaged, does
   *     something it should not, or exceeds the limits; CONFLICT where the folder exists
   */
  public static void unpack(Path tarZstd, Path into, Limits limits) {
    Path target = into.toAbsolutePath().normalize();
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.CONFLICT, into + " exists already.", "Remove it, or name another place.")
          .exception();
    }
    try {
      Files.createDirectories(target.resolveSibling(""));
      Path staging = Staging.create(target);
      try {
        new Unpacker(staging.toRealPath(), limits).read(tarZstd);
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Staging.delete(staging);
      }
    } catch (RefusedException e) {
      throw new Failure(
              Failure.Kind.INVALID,
              tarZstd.getFileName() + " cannot be unpacked: " + e.getMessage() + ".",
              "Do not use this package; tell its publisher.")
          .exception(e);
    } catch (IOException e) {
      throw IoFailure.of("unpack to", into, e);
    }
  }

  /** The same of a package's layer, which may unpack to what is usual for its size. */
  public static void unpack(Descriptor layer, KernelStore store, Path into) {
    unpack(store.blob(layer.digest()), into, Limits.of(layer));
  }

  private void read(Path tarZstd) throws IOException {
    try (InputStream file = Files.newInputStream(tarZstd);
        LimitedInput compressed = new LimitedInput(file, "the archive", limits.compressed());
        ZstdInputStream zstd =
            new ZstdInputStream(new BufferedInputStream(compressed)).setLongMax(MAX_WINDOW_LOG);
        LimitedInput content = new LimitedInput(zstd, "its content", limits.unpacked());
        TarArchiveInputStream tar = new TarArchiveInputStream(content, "UTF-8")) {
      for (TarArchiveEntry entry = next(tar, content); entry != null; entry = next(tar, content)) {
        content.step(Long.MAX_VALUE);
        unpack(entry, tar);
      }
    }
    makeLinks();
  }

  /** The next entry; what the library throws at damaged input becomes one exception. */
  private static @Nullable TarArchiveEntry next(TarArchiveInputStream tar, LimitedInput content)
      throws IOException {
    content.step(MAX_HEADERS);
    try {
      return tar.getNextEntry();
    } catch (RefusedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(e);
    }
  }

  private void unpack(TarArchiveEntry entry, TarArchiveInputStream tar) throws IOException {
    Path path = path(entry.getName());
    if (entry.isSymbolicLink()) {
      if (entry.getLinkName().isEmpty() || entry.getLinkName().length() > MAX_NAME) {
        throw refused(entry, "is a link to what is no name");
      }
      claim(path, Made.LINK, entry);
      links.put(path, entry.getLinkName());
    } else if (entry.isLink()) {
      Path original = path(entry.getLinkName());
      if (made.get(original) != Made.FILE) {
        throw refused(entry, "is a hard link to something that is not a file in the archive");
      }
      claim(path, Made.FILE, entry);
      Files.createLink(path, original);
    } else if (!isFileOrFolder(entry)) {
      throw refused(entry, "is neither a file nor a folder nor a link");
    } else if (entry.isDirectory()) {
      if (!path.equals(root) && made.get(path) != Made.FOLDER) {
        claim(path, Made.FOLDER, entry);
        Files.createDirectory(path);
      }
    } else {
      claim(path, Made.FILE, entry);
      write(entry, tar, path);
    }
  }

  /** By its type alone: the library takes every unknown type for a file. */
  private static boolean isFileOrFolder(TarArchiveEntry entry) {
    return switch (entry.getLinkFlag()) {
      case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_DIR ->
          !entry.isSparse();
      default -> false;
    };
  }

  private static void write(TarArchiveEntry entry, TarArchiveInputStream tar, Path path)
      throws IOException {
    byte[] buffer = new byte[1 << 16];
    long written = 0;
    try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW)) {
      for (int count = read(tar, buffer); count >= 0; count = read(tar, buffer)) {
        out.write(buffer, 0, count);
        written += count;
      }
    }
    if (written != entry.getSize()) {
      throw refused(entry, "ends too early");
    }
    boolean executable = (entry.getMode() & ANY_EXECUTE) != 0;
    Files.setPosixFilePermissions(path, executable ? EXECUTABLE : FILE);
  }

  private static int read(TarArchiveInputStream tar, byte[] buffer) throws IOException {
    try {
      return tar.read(buffer);
    } catch (RefusedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(e);
    }
  }

  /** Takes a name for an entry and makes the folders above it, none of which may be a link. */
  private void claim(Path path, Made kind, TarArchiveEntry entry) throws IOException {
    if (path.equals(root)) {
      throw refused(entry, "is not a name");
    }
    Path parent = root;
    for (Path name : root.relativize(path.resolveSibling(""))) {
      parent = parent.resolve(name).normalize();
      Made above = parent.equals(root) ? Made.FOLDER : made.putIfAbsent(parent, Made.FOLDER);
      if (above == null) {
        Files.createDirectory(parent);
      } else if (above != Made.FOLDER) {
        throw refused(entry, "is below something that is not a folder");
      }
    }
    if (made.putIfAbsent(path, kind) != null) {
      throw refused(entry, "is there twice");
    }
    if (made.size() > limits.entries()) {
      throw new RefusedException("it has more than " + limits.entries() + " entries");
    }
  }

  private Path path(String name) throws IOException {
    boolean wrong = name.isEmpty() || name.startsWith("/") || name.length() > MAX_NAME;
    wrong |= name.chars().anyMatch(Character::isISOControl);
    for (String part : name.split("/", -1)) {
      int length = part.getBytes(StandardCharsets.UTF_8).length;
      wrong |= part.equals("..") || length > MAX_NAME_PART;
    }
    if (wrong) {
      throw new RefusedException("\"" + shown(name) + "\" is not a name inside of it");
    }
    try {
      return root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new RefusedException("\"" + shown(name) + "\" is not a name");
    }
  }

  /** Makes the symbolic links last, so that nothing was written through one. */
  private void makeLinks() throws IOException {
    for (var link : links.entrySet()) {
      try {
        Files.createSymbolicLink(link.getKey(), Path.of(link.getValue()));
      } catch (InvalidPathException e) {
        throw new RefusedException("a link leads to a name that is none");
      }
    }
    for (var link : links.entrySet()) {
      if (!leadsInside(link.getKey(), link.getValue())) {
        throw new RefusedException(
            "the link \"%s\" leads to \"%s\", which is not in it"
                .formatted(root.relativize(link.getKey()), shown(link.getValue())));
      }
    }
  }

  /** Where it really leads, other links on the way included. */
  private boolean leadsInside(Path link, String to) {
    try {
      return !to.startsWith("/") && link.toRealPath().startsWith(root);
    } catch (IOException e) {
      return false;
    }
  }

  private static RefusedException refused(TarArchiveEntry entry, String why) {
    return new RefusedException("\"" + shown(entry.getName()) + "\" " + why);
  }

  private static RefusedException damaged(Exception cause) {
    RefusedException damaged = new RefusedException("it is damaged");
    damaged.initCause(cause);
    return damaged;
  }

  /** A stranger's text, fit for a terminal. */
  private static String shown(String text) {
    String start = text.length() > 100 ? text.substring(0, 100) + "…" : text;
    return start.replaceAll("\\p{Cntrl}", "?");
  }
}
