package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import okhttp3.Response;
import okio.BufferedSource;

/** Reads an answer that has to fit in memory. */
final class Bounded {

  private Bounded() {}

  /** The whole body; CORRUPT where it is longer than the limit. */
  static byte[] read(Response response, long limit) throws IOException {
    BufferedSource source = response.body().source();
    if (source.request(limit + 1)) {
      throw new Failure(
              Failure.Kind.CORRUPT,
              "%s answered with more than %d bytes, which no such answer has."
                  .formatted(Authorizer.authority(response.request().url()), limit),
              "Ask those who run the catalog.")
          .exception();
    }
    return source.readByteArray();
  }
}
