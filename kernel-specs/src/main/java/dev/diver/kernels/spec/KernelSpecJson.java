package dev.diver.kernels.spec;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The kernel spec as JSON: the config blob of a kernel package. Untrusted when it is read. */
public final class KernelSpecJson {

  /** A config blob is at most this long, in bytes. */
  public static final int MAX_SIZE = 1 << 20;

  private static final JsonMapper TREES =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(16)
                          .maxStringLength(MAX_SIZE)
                          .maxNameLength(256)
                          .maxNumberLength(32)
                          .build())
                  .build())
          .build();

  private KernelSpecJson() {}

  /** The spec as JSON with the keys of kernel.toml; the same bytes for the same spec. */
  public static byte[] write(KernelSpec spec) {
    return RecordBinder.mapper().writeValueAsBytes(spec);
  }

  /**
   * Reads what {@link #write} wrote, or a newer version of it: unknown keys are passed over.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it is not a kernel spec
   */
  public static KernelSpec read(InputStream json) throws IOException {
    return read(json.readNBytes(MAX_SIZE + 1));
  }

  /** The same, from bytes. */
  public static KernelSpec read(byte[] json) {
    if (json.length > MAX_SIZE) {
      throw invalid("it is larger than 1 MiB.", null);
    }
    ObjectNode tree = parse(json);
    KernelSpecToml.addDefaults(tree);
    try {
      KernelSpec spec = RecordBinder.tolerant(tree, KernelSpec.class);
      Optional<FieldProblem> problem = KernelSpecChecks.firstProblem(spec);
      if (problem.isPresent()) {
        throw invalid(problem.get().field() + " " + problem.get().what(), null);
      }
      return spec;
    } catch (RecordBinder.BindingException e) {
      throw invalid(e.problem().field() + " " + e.problem().what(), e);
    }
  }

  private static ObjectNode parse(byte[] json) {
    try {
      JsonNode tree = TREES.readTree(json);
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      throw invalid("it is not JSON.", e);
    }
    throw invalid("it is not a JSON object.", null);
  }

  private static RuntimeException invalid(String why, @Nullable Throwable cause) {
    Failure failure =
        new Failure(
            Failure.Kind.INVALID,
            "The package's kernel spec cannot be used: " + why,
            "Use another version of the kernel, or a newer Diver.");
    return cause == null ? failure.exception() : failure.exception(cause);
  }
}
