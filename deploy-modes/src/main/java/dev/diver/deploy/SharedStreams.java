package dev.diver.deploy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which of the app's standard streams are streams in memory that it shares with another program
 * (docs/streams.md).
 *
 * @param in the file of the stream that standard input comes from
 * @param out the file of the stream that standard output goes to
 */
public record SharedStreams(Optional<Path> in, Optional<Path> out) {

  /** Neither. */
  public static final SharedStreams NONE = new SharedStreams(Optional.empty(), Optional.empty());

  public SharedStreams {
    in = in.map(Path::toAbsolutePath);
    out = out.map(Path::toAbsolutePath);
  }

  /** The files, that of standard input first. */
  public Stream<Path> files() {
    return Stream.concat(in.stream(), out.stream());
  }

  public boolean isEmpty() {
    return in.isEmpty() && out.isEmpty();
  }
}
