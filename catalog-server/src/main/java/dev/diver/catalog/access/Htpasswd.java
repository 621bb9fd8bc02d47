package dev.diver.catalog.access;

import at.favre.lib.crypto.bcrypt.BCrypt;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Users and their bcrypt hashes, as {@code htpasswd -B} writes them (and docker's registry reads
 * them). Weaker hashes are refused.
 */
public final class Htpasswd {

  private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}");
  // Spends for an unknown user the time that a known one takes.
  private static final String NOBODY =
      "$2y$10$K.0HwpsoPDGaB/atFBmmXOGTw4ceeg33.WrxJx/FeC9.gOMxc4XGe";

  private final Map<String, String> users;

  private Htpasswd(Map<String, String> users) {
    this.users = Map.copyOf(users);
  }

  /** Reads a file; {@link Kind#INVALID} names the line that is wrong. */
  public static Htpasswd read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new Failure(
              Kind.MISSING,
              "The password file " + file + " cannot be read (" + e + ").",
              "Make one with: htpasswd -B -c " + file + " USER")
          .exception(e);
    }
    Map<String, String> users = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        add(users, file, i + 1, line);
      }
    }
    return new Htpasswd(users);
  }

  private static void add(Map<String, String> users, Path file, int number, String line) {
    int colon = line.indexOf(':');
    if (colon < 1 || !BCRYPT.matcher(line.substring(colon + 1)).matches()) {
      throw new Failure(
              Kind.INVALID,
              file + ", line " + number + " is not a user with a bcrypt hash.",
              "Write the line with: htpasswd -B " + file + " USER")
          .exception();
    }
    users.put(line.substring(0, colon), line.substring(colon + 1));
  }

  /** Whether this is the user's password. Slow on purpose, and as slow for a user unknown. */
  boolean verify(String user, String password) {
    String hash = users.getOrDefault(user, NOBODY);
    byte[] secret = password.getBytes(StandardCharsets.UTF_8);
    boolean matches =
        BCrypt.verifyer().verify(secret, hash.getBytes(StandardCharsets.UTF_8)).verified;
    return matches && users.containsKey(user);
  }
}
