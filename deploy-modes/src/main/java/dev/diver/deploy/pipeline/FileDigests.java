package dev.diver.deploy.pipeline;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The digests of files, each read once unless it has changed; thread-safe. */
final class FileDigests {

  /** What is not there. */
  static final String NONE = "none";

  private static final int BUFFER = 1 << 18;

  /** What tells a changed file from an unchanged one while this process runs. */
  private record Stamp(long size, FileTime modified) {}

  private record Known(Stamp stamp, String digest) {}

  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  /** Of a file's content, or of all files in a folder and their names; NONE where there is none. */
  String of(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return ofFolder(path);
    }
    if (!Files.isRegularFile(path)) {
      return NONE;
    }
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    Stamp stamp = new Stamp(attributes.size(), attributes.lastModifiedTime());
    Known before = known.get(path);
    if (before != null && before.stamp.equals(stamp)) {
      return before.digest;
    }
    String digest = content(path);
    known.put(path, new Known(stamp, digest));
    return digest;
  }

  private static String content(Path file) throws IOException {
    MessageDigest hash = Digest.newMessageDigest();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    }
    return Digest.of(hash).toString();
  }

  private String ofFolder(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    StringBuilder lines = new StringBuilder();
    for (Path file : files) {
      lines.append(of(file)).append(' ').append(folder.relativize(file)).append('\n');
    }
    return Digest.of(lines.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }
}
