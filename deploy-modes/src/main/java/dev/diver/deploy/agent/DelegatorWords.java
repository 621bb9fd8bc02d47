package dev.diver.deploy.agent;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a kernel that delegates is told on its command line; it takes these words for itself. */
public final class DelegatorWords {

  private static final String PREFIX = "remora.";

  private DelegatorWords() {}

  /** What it is told in any mode. */
  public static List<String> of(DiveRequest request, Delegation delegation, AppUser user) {
    List<String> words = new ArrayList<>();
    request
        .app()
        .map(Path::toAbsolutePath)
        .map(delegation::place)
        .ifPresent(app -> words.add(PREFIX + "path=" + app));
    words.add(PREFIX + "uid=" + user.uid());
    words.add(PREFIX + "gid=" + user.gid());
    if (!delegation.forward().isEmpty()) {
      words.add(PREFIX + "forward=" + String.join(",", delegation.forward()));
    }
    return words;
  }

  /** That there is an agent, which is rung over the second serial line. */
  public static String overSerialLine() {
    return PREFIX + "delegate=uart";
  }
}
