package dev.diver.deploy.node;

import dev.diver.kernels.failure.Failure;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where ssh finds a machine. The host may be a name of the user's OpenSSH configuration
 * (ssh_config(5), Host). Neither it nor the user can be taken for an option of ssh.
 *
 * @param user empty for the one that the configuration says
 * @param host a name, or a number in IPv4 or IPv6
 * @param port empty for the one that the configuration says
 */
record SshAddress(Optional<String> user, String host, Optional<Integer> port) {

  private static final Pattern FORM =
      Pattern.compile(
          "ssh://(?:([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})@)?"
              + "([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9A-Fa-f:.]{2,45}])"
              + "(?::([0-9]{1,5}))?/?");

  private static final int MOST_PORT = 65535;

  static SshAddress parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw malformed(text);
    }
    Optional<Integer> port = Optional.ofNullable(form.group(3)).map(Integer::parseInt);
    if (port.filter(p -> p < 1 || p > MOST_PORT).isPresent()) {
      throw malformed(text);
    }
    return new SshAddress(Optional.ofNullable(form.group(1)), form.group(2), port);
  }

  /** As ssh takes it. */
  String sshHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** As ssh and people write it. */
  String destination() {
    return user.map(u -> u + "@").orElse("") + sshHost();
  }

  @Override
  public String toString() {
    return "ssh://" + user.map(u -> u + "@").orElse("") + host + port.map(p -> ":" + p).orElse("");
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not the address of a host.",
            "Write it as ssh://[USER@]HOST[:PORT], as in ssh://root@node1.")
        .exception();
  }
}
