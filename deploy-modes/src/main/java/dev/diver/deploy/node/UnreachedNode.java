package dev.diver.deploy.node;

import dev.diver.kernels.failure.Failure;
import java.util.List;
import java.util.Locale;

/** That ssh did not get through, or no longer does. It has no other way to tell why than words. */
final class UnreachedNode {

  private static final int MOST = 300;

  /**
   * What ssh says (OpenSSH, sshconnect.c, sshconnect2.c, misc.c) and what that means.
   *
   * @param signs words in lower case, one of which is said
   * @param what of the host
   * @param remedy with the host as it is typed for ssh (1) and for ssh-keygen (2)
   */
  private record Reason(List<String> signs, Failure.Kind kind, String what, String remedy) {}

  private static final Reason OTHER =
      new Reason(
          List.of(),
          Failure.Kind.UNAVAILABLE,
          "cannot be reached",
          "See what ssh says: ssh -v %1$s true");

  private static final List<Reason> REASONS =
      List.of(
          new Reason(
              List.of("could not resolve hostname", "name or service not known"),
              Failure.Kind.UNAVAILABLE,
              "cannot be found: its name is not known",
              "Correct the name, or give it a HostName in ~/.ssh/config."),
          new Reason(
              List.of("host identification has changed"),
              Failure.Kind.DENIED,
              "shows another host key than before",
              "Find out why; if it was installed anew, forget the old key: ssh-keygen -R %2$s"),
          new Reason(
              List.of("host key verification failed", "no matching host key", "host key is known"),
              Failure.Kind.DENIED,
              "has a host key that is not known here",
              "Log in once by hand and compare the key: ssh %1$s true"),
          new Reason(
              List.of("permission denied", "too many authentication failures", "no supported auth"),
              Failure.Kind.DENIED,
              "refuses the login",
              "Let it know your key (ssh-copy-id %1$s), or load it (ssh-add); then try: ssh %1$s"
                  + " true"),
          new Reason(
              List.of("timed out", "no route to host", "unreachable", "not responding"),
              Failure.Kind.UNAVAILABLE,
              "does not answer",
              "Check that it is on and on the network: ssh %1$s true"),
          new Reason(
              List.of("connection refused"),
              Failure.Kind.UNAVAILABLE,
              "has no ssh server at that port",
              "Start sshd there, or give another port, as in --host ssh://HOST:2222."));

  private UnreachedNode() {}

  /** What its last words mean. */
  static Failure failure(String said, SshNode node) {
    String lower = said.toLowerCase(Locale.ROOT);
    Reason reason =
        REASONS.stream()
            .filter(known -> known.signs.stream().anyMatch(lower::contains))
            .findFirst()
            .orElse(OTHER);
    String last =
        said.lines().map(String::strip).filter(l -> !l.isEmpty()).reduce((a, b) -> b).orElse("");
    String quoted = last.length() > MOST ? last.substring(0, MOST) : last;
    return new Failure(
        reason.kind,
        node.name() + " " + reason.what + (quoted.isEmpty() ? "." : " (" + quoted + ")."),
        reason.remedy.formatted(node.typed(), node.hostName()));
  }
}
