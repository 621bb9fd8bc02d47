package dev.diver.deploy;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * That a Linux serves what the kernel does not, and how.
 *
 * @param shares what the app sees of the host's files
 * @param directory the user's; the app's, too, where it is in a share
 * @param forward calls that the kernel handles and is to forward all the same
 * @param onLinux run the app on the Linux that would serve it, without the kernel, to compare
 * @param gpos the Linux of a partition; empty for the host's
 */
public record Delegation(
    List<Share> shares,
    Path directory,
    List<String> forward,
    boolean onLinux,
    Optional<Gpos> gpos) {

  /** Directories that are links into /usr where programs and libraries lie there alone. */
  private static final List<String> MERGED =
      List.of("bin", "sbin", "lib", "lib32", "lib64", "libx32");

  public Delegation {
    shares = List.copyOf(shares);
    forward = List.copyOf(forward);
  }

  /** Where the app finds what the host has at this absolute path, if that is shared. */
  public Optional<Path> inGuest(Path host) {
    return shares.stream()
        .filter(share -> host.startsWith(share.host()))
        .max(Comparator.comparingInt(share -> share.host().getNameCount()))
        .map(share -> share.guest().resolve(share.host().relativize(host)));
  }

  /** Where an executable of the host takes itself to be: in a share, else where the host has it. */
  public Path place(Path app) {
    return inGuest(app).orElse(app);
  }

  /** Where the host has what the app finds at this absolute path, if that is shared. */
  public Optional<Path> onHost(Path guest) {
    boolean merged = guest.getNameCount() > 0 && MERGED.contains(guest.getName(0).toString());
    return shares.stream()
        .filter(share -> guest.startsWith(share.guest()))
        .max(Comparator.comparingInt(share -> share.guest().getNameCount()))
        .map(share -> share.host().resolve(share.guest().relativize(guest)))
        .or(() -> merged ? onHost(Path.of("/usr" + guest)) : Optional.empty());
  }

  /** The app's working directory. */
  public Path guestDirectory() {
    return inGuest(directory).orElse(Path.of("/"));
  }
}
