package dev.diver.kernels.remote;

/**
 * Who the user is to one host.
 *
 * @param user without a colon, which Basic authentication cannot carry (RFC 7617, section 2)
 * @param password or access token
 */
public record Credential(String user, String password) {

  /** Leaves the password out, so that no message shows it. */
  @Override
  public String toString() {
    return "Credential[user=" + user + "]";
  }
}
