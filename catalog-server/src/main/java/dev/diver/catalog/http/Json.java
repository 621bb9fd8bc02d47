package dev.diver.catalog.http;

import io.javalin.http.Context;
import tools.jackson.databind.json.JsonMapper;

/** Answers in JSON. */
final class Json {

  static final JsonMapper MAPPER = JsonMapper.shared();

  private Json() {}

  static void send(Context ctx, Object value) {
    send(ctx, value, "application/json");
  }

  static void send(Context ctx, Object value, String mediaType) {
    byte[] body = MAPPER.writeValueAsBytes(value);
    ctx.contentType(mediaType);
    ctx.result(body);
  }
}
