package dev.diver.kernels.reference;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The SHA-256 of some content, as {@code sha256:} and 64 lower-case hexadecimal digits (OCI image
 * specification, descriptor, "Digests"; the only algorithm that Diver writes or accepts).
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {

  private static final String ALGORITHM = "sha256";
  private static final int BUFFER = 1 << 18;
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

  public Digest {
    if (!HEX.matcher(hex).matches()) {
      throw malformed(ALGORITHM + ":" + hex);
    }
  }

  /** Reads {@code sha256:…}; anything else is {@link Failure.Kind#INVALID}. */
  public static Digest parse(String text) {
    if (!text.startsWith(ALGORITHM + ":")) {
      throw malformed(text);
    }
    return new Digest(text.substring(ALGORITHM.length() + 1));
  }

  /** The digest of these bytes. */
  public static Digest of(byte[] content) {
    return fromHash(newMessageDigest().digest(content));
  }

  /** The digest of all that is left in a stream, which stays open. */
  public static Digest of(InputStream content) throws IOException {
    MessageDigest hash = newMessageDigest();
    byte[] buffer = new byte[BUFFER];
    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
      hash.update(buffer, 0, read);
    }
    return of(hash);
  }

  /** The digest that a fully fed {@link MessageDigest} holds; resets it. */
  public static Digest of(MessageDigest fed) {
    return fromHash(fed.digest());
  }

  /** A fresh SHA-256 to stream content through. */
  public static MessageDigest newMessageDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Where an OCI image layout keeps this content, relative to the layout's root. */
  public Path blobPath() {
    return Path.of("blobs", ALGORITHM, hex);
  }

  /** The first twelve digits, as people quote it. */
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public String toString() {
    return ALGORITHM + ":" + hex;
  }

  private static Digest fromHash(byte[] hash) {
    return new Digest(HexFormat.of().formatHex(hash));
  }

  private static RuntimeException malformed(String text) {
    return new Failure(
            Failure.Kind.INVALID,
            "\"" + text + "\" is not a digest.",
            "Write it as sha256: and 64 hexadecimal digits.")
        .exception();
  }
}
