package dev.diver.catalog.access;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who may do what. Without a password file everyone may do everything (the server then listens on
 * loopback only); with one, writing needs a user, and reading too if that was asked for.
 */
public final class Access {

  private static final Duration REMEMBERED = Duration.ofMinutes(2);
  private static final int MOST_REMEMBERED = 1000;
  private static final int HASHES_AT_ONCE = 2;

  private final Optional<Htpasswd> users;
  private final boolean readNeedsUser;
  private final SecretKeySpec key;
  private final ConcurrentHashMap<String, Instant> verified = new ConcurrentHashMap<>();
  // A flood of wrong passwords must not take all cores.
  private final Semaphore hashing = new Semaphore(HASHES_AT_ONCE, true);

  public Access(Optional<Htpasswd> users, boolean readNeedsUser) {
    this.users = users;
    this.readNeedsUser = readNeedsUser;
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    this.key = new SecretKeySpec(random, "HmacSHA256");
  }

  /** What a request wants. */
  public enum Wish {
    READ,
    WRITE,
    /** To learn whether these credentials are good; clients ask before they push. */
    LOG_IN
  }

  /**
   * Whether a request is let through; if not, it is to come back with credentials.
   *
   * @param authorization the header of that name (RFC 7617)
   */
  public boolean allows(Wish wish, Optional<String> authorization) {
    if (users.isEmpty() || (wish == Wish.READ && !readNeedsUser)) {
      return true;
    }
    return authorization.filter(header -> verify(users.get(), header)).isPresent();
  }

  private boolean verify(Htpasswd passwords, String header) {
    Optional<String> credentials = credentials(header);
    if (credentials.isEmpty()) {
      return false;
    }
    String fingerprint = fingerprint(credentials.get());
    Instant until = verified.get(fingerprint);
    if (until != null && Instant.now().isBefore(until)) {
      return true;
    }
    int colon = credentials.get().indexOf(':');
    String user = credentials.get().substring(0, colon);
    String password = credentials.get().substring(colon + 1);
    hashing.acquireUninterruptibly();
    try {
      if (!passwords.verify(user, password)) {
        return false;
      }
    } finally {
      hashing.release();
    }
    remember(fingerprint);
    return true;
  }

  private void remember(String fingerprint) {
    Instant now = Instant.now();
    if (verified.size() >= MOST_REMEMBERED) {
      verified.clear();
    }
    verified.put(fingerprint, now.plus(REMEMBERED));
  }

  private static Optional<String> credentials(String header) {
    if (!header.toLowerCase(Locale.ROOT).startsWith("basic ")) {
      return Optional.empty();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(header.substring("basic ".length()).strip());
      return Optional.of(new String(decoded, StandardCharsets.UTF_8))
          .filter(text -> text.indexOf(':') > 0);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Passwords are never kept: this tells equal ones, in this process only. */
  private String fingerprint(String credentials) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(credentials.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new AssertionError("every Java platform has HmacSHA256", e);
    }
  }
}
