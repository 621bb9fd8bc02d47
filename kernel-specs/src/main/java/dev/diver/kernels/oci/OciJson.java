package dev.diver.kernels.oci;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads and writes the JSON of manifests and indexes token by token: no databind, since listing the
 * store must start fast, and the same bytes for the same data.
 */
final class OciJson {

  private static final int SCHEMA_VERSION = 2;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(1 << 20)
                  .maxNameLength(4096)
                  .maxNumberLength(32)
                  .build())
          .build();

  private OciJson() {}

  // Reading

  /** Reads one object: {@code field} is called at each value with its key. */
  static void read(byte[] json, String title, int limit, FieldReader field) {
    if (json.length > limit) {
      throw invalid(title, "it is larger than " + (limit >> 20) + " MiB", null);
    }
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw invalid(title, "it is not a JSON object", null);
      }
      object(in, field);
      if (in.nextToken() != null) {
        throw invalid(title, "something follows its end", null);
      }
    } catch (JacksonException | FormException e) {
      throw invalid(title, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  /** What to do at each value of an object. */
  interface FieldReader {
    void read(String key, JsonParser in);
  }

  /** Reads the object that the parser stands at the start of. */
  static void object(JsonParser in, FieldReader field) {
    expect(in, JsonToken.START_OBJECT);
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String key = in.currentName();
      in.nextToken();
      field.read(key, in);
    }
  }

  static List<Descriptor> descriptors(JsonParser in) {
    expect(in, JsonToken.START_ARRAY);
    List<Descriptor> descriptors = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      descriptors.add(descriptor(in));
    }
    return descriptors;
  }

  static Descriptor descriptor(JsonParser in) {
    var seen =
        new Object() {
          @Nullable String mediaType;
          @Nullable Digest digest;
          long size = -1;
          Map<String, String> annotations = Map.of();
          Optional<String> artifactType = Optional.empty();
        };
    object(
        in,
        (key, value) -> {
          switch (key) {
            case "mediaType" -> seen.mediaType = text(value);
            case "digest" -> seen.digest = Digest.parse(text(value));
            case "size" -> seen.size = size(value);
            case "annotations" -> seen.annotations = texts(value);
            case "artifactType" -> seen.artifactType = Optional.of(text(value));
            default -> value.skipChildren();
          }
        });
    if (seen.mediaType == null || seen.digest == null || seen.size < 0) {
      throw new FormException("a descriptor lacks mediaType, digest or size");
    }
    return new Descriptor(
        seen.mediaType, seen.digest, seen.size, seen.annotations, seen.artifactType);
  }

  static Map<String, String> texts(JsonParser in) {
    Map<String, String> texts = new TreeMap<>();
    object(in, (key, value) -> texts.put(key, text(value)));
    return texts;
  }

  static String text(JsonParser in) {
    expect(in, JsonToken.VALUE_STRING);
    return in.getString();
  }

  static void schemaVersion(JsonParser in) {
    expect(in, JsonToken.VALUE_NUMBER_INT);
    if (in.getLongValue() != SCHEMA_VERSION) {
      throw new FormException("schemaVersion is not " + SCHEMA_VERSION);
    }
  }

  static RuntimeException lacks(String title, String field) {
    return invalid(title, field + " is missing", null);
  }

  private static long size(JsonParser in) {
    expect(in, JsonToken.VALUE_NUMBER_INT);
    return in.getLongValue();
  }

  private static void expect(JsonParser in, JsonToken token) {
    if (in.currentToken() != token) {
      throw new FormException("\"" + in.currentName() + "\" has the wrong type");
    }
  }

  private static RuntimeException invalid(String title, String why, @Nullable Throwable cause) {
    Failure failure =
        new Failure(
            Failure.Kind.INVALID,
            "The " + title + " cannot be read: " + why + ".",
            "It is not what Diver or another OCI tool wrote; fetch it again.");
    return cause == null ? failure.exception() : failure.exception(cause);
  }

  /** Well-formed JSON of the wrong form. */
  private static final class FormException extends RuntimeException {
    FormException(String message) {
      super(message);
    }
  }

  // Writing

  static byte[] write(Consumer<JsonGenerator> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeNumberProperty("schemaVersion", SCHEMA_VERSION);
      fields.accept(out);
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  static void write(JsonGenerator out, String key, List<Descriptor> descriptors) {
    out.writeArrayPropertyStart(key);
    descriptors.forEach(descriptor -> write(out, descriptor));
    out.writeEndArray();
  }

  static void write(JsonGenerator out, Descriptor descriptor) {
    out.writeStartObject();
    out.writeStringProperty("mediaType", descriptor.mediaType());
    out.writeStringProperty("digest", descriptor.digest().toString());
    out.writeNumberProperty("size", descriptor.size());
    write(out, "annotations", descriptor.annotations());
    descriptor.artifactType().ifPresent(type -> out.writeStringProperty("artifactType", type));
    out.writeEndObject();
  }

  static void write(JsonGenerator out, String key, Map<String, String> texts) {
    if (!texts.isEmpty()) {
      out.writeObjectPropertyStart(key);
      new TreeMap<>(texts).forEach(out::writeStringProperty);
      out.writeEndObject();
    }
  }
}
