package dev.diver.deploy;

import dev.diver.kernels.failure.Failure;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * A folder of the host that a net sees.
 *
 * @param host absolute and without symbolic links
 * @param guest where the app sees it: absolute, normal, not the root
 * @param readOnly whether the app may only read it
 */
public record Share(Path host, Path guest, boolean readOnly) {

  /** What the agent makes itself in the app's tree. */
  private static final List<Path> OWN = List.of(Path.of("/dev"), Path.of("/proc"), Path.of("/sys"));

  /**
   * Each takes a slot on a machine's PCI bus, which has 32 (QEMU, q35), other devices' included.
   */
  private static final int MOST = 24;

  /**
   * Reads {@code HOST[:GUEST][:ro]}; INVALID or NOT_FOUND where it cannot be shared.
   *
   * @param text as the user wrote it
   */
  public static Share parse(String text) {
    Share share = parseElsewhere(text);
    return new Share(real(share.host), share.guest, share.readOnly);
  }

  /** The same for a folder of another machine, which is looked at when it is shared. */
  static Share parseElsewhere(String text) {
    List<String> parts = new ArrayList<>(List.of(text.split(":", -1)));
    boolean readOnly = parts.size() > 1 && parts.getLast().equals("ro");
    if (readOnly || (parts.size() > 1 && parts.getLast().equals("rw"))) {
      parts.removeLast();
    }
    if (parts.size() > 2) {
      throw invalid("\"" + text + "\" is not a shared folder.");
    }
    Path host = path(text, parts.getFirst());
    Path guest = path(text, parts.getLast());
    if (guest.getNameCount() == 0 || host.getNameCount() == 0) {
      throw invalid("\"" + text + "\" shares a whole file tree.");
    }
    if (OWN.stream().anyMatch(guest::startsWith)) {
      throw invalid("\"" + text + "\" would cover what the app finds in " + guest + " anyway.");
    }
    return new Share(host, guest, readOnly);
  }

  /**
   * The shares; INVALID where there are more than a machine has room for, two of them are at the
   * same place, or one is to be in another that has no folder there: none is made in the user's.
   */
  public static List<Share> parse(List<String> texts) {
    List<Share> shares = parse(texts, Share::parse);
    shares.forEach(share -> requirePlace(share, shares));
    return shares;
  }

  /** The same for folders of another machine, of which nothing is known here. */
  public static List<Share> parseElsewhere(List<String> texts) {
    return parse(texts, Share::parseElsewhere);
  }

  private static List<Share> parse(List<String> texts, Function<String, Share> parser) {
    if (texts.size() > MOST) {
      throw new Failure(
              Failure.Kind.INVALID,
              texts.size() + " folders are to be shared, and at most " + MOST + " can be.",
              "Share a folder that holds several of them.")
          .exception();
    }
    List<Share> shares = new ArrayList<>();
    for (String text : texts) {
      Share share = parser.apply(text);
      if (shares.stream().anyMatch(other -> other.guest().equals(share.guest()))) {
        throw invalid("Two folders are shared at " + share.guest() + ".");
      }
      shares.add(share);
    }
    return shares;
  }

  private static void requirePlace(Share share, List<Share> all) {
    all.stream()
        .filter(other -> !other.equals(share) && share.guest().startsWith(other.guest()))
        .max(Comparator.comparingInt(other -> other.guest().getNameCount()))
        .map(other -> other.host().resolve(other.guest().relativize(share.guest())))
        .filter(place -> !Files.isDirectory(place))
        .ifPresent(
            place -> {
              throw new Failure(
                      Failure.Kind.INVALID,
                      "Nothing can be shared at "
                          + share.guest()
                          + ": it lies in another shared folder, where there is no "
                          + place
                          + ".",
                      "Make that folder first, or share at another place.")
                  .exception();
            });
  }

  private static Path path(String text, String part) {
    try {
      Path path = Path.of(part);
      if (path.isAbsolute() && path.equals(path.normalize())) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw invalid("\"" + text + "\" is not a shared folder.");
    }
    throw invalid("\"" + part + "\" in -v \"" + text + "\" is not an absolute path without dots.");
  }

  private static Path real(Path host) {
    try {
      Path real = host.toRealPath();
      if (!Files.isDirectory(real)) {
        throw invalid(host + " is not a folder, and folders are shared.");
      }
      return real;
    } catch (java.io.IOException e) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "The folder " + host + ", which is to be shared, cannot be found.",
              "Make it first, or correct its path.")
          .exception(e);
    }
  }

  private static RuntimeException invalid(String what) {
    return new Failure(
            Failure.Kind.INVALID,
            what,
            "Write it as HOST[:GUEST][:ro] with absolute paths of folders, as in /data:/data:ro.")
        .exception();
  }
}
