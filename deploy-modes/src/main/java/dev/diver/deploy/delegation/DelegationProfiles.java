package dev.diver.deploy.delegation;

import dev.diver.deploy.machine.Json;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * The user's delegation profiles: one file for each mode.
 *
 * @param folder that holds them; made when first needed
 */
public record DelegationProfiles(Path folder) {

  /** How much of a file is read, in bytes. */
  private static final int MOST_BYTES = 1 << 20;

  private static final String SUFFIX = ".json";

  /** Where the profile of this mode is, or will be. */
  public Path file(String mode) {
    return folder.resolve(mode + SUFFIX);
  }

  /**
   * The profile of this mode; empty where the mode was not measured.
   *
   * @throws dev.diver.kernels.failure.DiverException CORRUPT where the file is no profile
   */
  public Optional<DelegationProfile> find(String mode) {
    Path file = file(mode);
    try (InputStream in = Files.newInputStream(file)) {
      DelegationProfile profile = ProfileJson.read(in.readNBytes(MOST_BYTES));
      if (!profile.mode().equals(mode)) {
        throw new ProfileJson.Damage("mode");
      }
      return Optional.of(profile);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (ProfileJson.Damage e) {
      throw new Failure(
              Failure.Kind.CORRUPT,
              "The delegation profile " + file + " cannot be used (" + e.getMessage() + ").",
              "Measure it anew: diver calibrate --mode " + mode + ".")
          .exception(e);
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  /** All profiles, by mode. */
  public List<DelegationProfile> all() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(SUFFIX))
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .sorted()
          .flatMap(mode -> find(mode).stream())
          .toList();
    } catch (IOException e) {
      throw IoFailure.of("read", folder, e);
    }
  }

  /** Stores it in the place of an earlier one: a reader sees the one or the other, whole. */
  public void store(DelegationProfile profile) {
    Path file = file(profile.mode());
    try {
      Files.createDirectories(folder);
      Path fresh = Files.createTempFile(folder, profile.mode(), ".new");
      try {
        Files.write(fresh, json(ProfileJson.tree(profile)));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }

  private static byte[] json(Map<String, Object> tree) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      write(json, tree);
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, Object value) {
    switch (value) {
      case Map<?, ?> object -> {
        json.writeStartObject();
        object.forEach(
            (name, member) -> {
              json.writeName(name.toString());
              write(json, member);
            });
        json.writeEndObject();
      }
      case List<?> array -> {
        json.writeStartArray();
        array.forEach(element -> write(json, element));
        json.writeEndArray();
      }
      case Double number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      default -> json.writeString(value.toString());
    }
  }
}
