package dev.diver.deploy.pipeline;

import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The digests of files, each read once unless it has changed; thread-safe. */
final class FileDigests {

  /** What is not there. */
  static final String NONE = "none";

  /** What tells a changed file from an unchanged one while this process runs. */
  private record Stamp(long size, FileTime modified) {

    /** As the record's own, which the JDK would make while Diver runs. */
    @Override
    public boolean equals(Object other) {
      return other instanceof Stamp stamp && size == stamp.size && modified.equals(stamp.modified);
    }

    @Override
    public int hashCode() {
      return modified.hashCode();
    }
  }

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
    try (InputStream in = Files.newInputStream(file)) {
      return Digest.of(in).toString();
    }
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
