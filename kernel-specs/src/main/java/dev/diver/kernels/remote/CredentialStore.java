package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The user's credentials by host, in docker's format ({@code {"auths":{"host:port":{"auth":
 * base64(user:password)}}}}), so that a file made by {@code skopeo login --authfile} serves too.
 * What else the file holds is kept. Does not encrypt: the file is for its owner alone (mode 0600).
 */
public final class CredentialStore {

  private static final String AUTHS = "auths";
  private static final String AUTH = "auth";

  private final Path file;

  /** The credentials in this file, which need not exist yet. */
  public CredentialStore(Path file) {
    this.file = file;
  }

  /** What is known for {@code host[:port]}. */
  public Optional<Credential> find(String authority) {
    String coded = read().path(AUTHS).path(authority).path(AUTH).asString("");
    if (coded.isEmpty()) {
      return Optional.empty();
    }
    try {
      String plain = new String(Base64.getDecoder().decode(coded), StandardCharsets.UTF_8);
      int colon = plain.indexOf(':');
      if (colon > 0) {
        return Optional.of(new Credential(plain.substring(0, colon), plain.substring(colon + 1)));
      }
    } catch (IllegalArgumentException e) {
      throw malformed("the entry for " + authority + " is not base64.").exception(e);
    }
    throw malformed("the entry for " + authority + " is not a user and a password.").exception();
  }

  /** Remembers a credential for {@code host[:port]}; one that was there is replaced. */
  public void put(String authority, Credential credential) {
    if (credential.user().isEmpty() || credential.user().contains(":")) {
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + credential.user() + "\" is not a user name.",
              "Give a name that is not empty and has no colon in it.")
          .exception();
    }
    String plain = credential.user() + ":" + credential.password();
    ObjectNode root = read();
    root.withObjectProperty(AUTHS)
        .withObjectProperty(authority)
        .put(AUTH, Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8)));
    write(root);
  }

  /** Forgets what is known for {@code host[:port]}; false if nothing was. */
  public boolean remove(String authority) {
    ObjectNode root = read();
    if (!root.path(AUTHS).has(authority)) {
      return false;
    }
    root.withObjectProperty(AUTHS).remove(authority);
    write(root);
    return true;
  }

  private ObjectNode read() {
    try {
      JsonNode root = CatalogJson.MAPPER.readTree(Files.readAllBytes(file));
      if (root instanceof ObjectNode object) {
        return object;
      }
    } catch (NoSuchFileException e) {
      return CatalogJson.MAPPER.createObjectNode();
    } catch (JacksonException e) {
      throw malformed("it is not JSON.").exception(e);
    } catch (IOException e) {
      throw inaccessible("read", e);
    }
    throw malformed("it is not a JSON object.").exception();
  }

  /** Never visible half-written, nor to anyone else: a private temporary file, renamed. */
  private void write(ObjectNode root) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path temporary =
          Files.createTempFile(
              folder,
              ".auth",
              ".tmp",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        Files.write(
            temporary, CatalogJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw inaccessible("write", e);
    }
  }

  private Failure malformed(String why) {
    return new Failure(
        Failure.Kind.INVALID,
        file + " cannot be used: " + why,
        "Mend it, or remove it and use `diver login` again.");
  }

  private RuntimeException inaccessible(String verb, IOException e) {
    return new Failure(
            Failure.Kind.DENIED,
            "Tried to " + verb + " the credentials in " + file + " but failed: " + e.getMessage(),
            "See to its owner and mode (it should be yours, mode 0600).")
        .exception(e);
  }
}
