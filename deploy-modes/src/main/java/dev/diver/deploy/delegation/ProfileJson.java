package dev.diver.deploy.delegation;

import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfile.Payload;
import dev.diver.deploy.delegation.DelegationProfile.Point;
import dev.diver.deploy.machine.Json;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A profile as JSON. A reader refuses what it does not understand: a later format has a greater
 * version.
 */
public final class ProfileJson {

  static final long VERSION = 1;

  private static final String FORMAT = "diver-delegation-profile";
  private static final int MOST_TEXT = 300;
  private static final int MOST_ENTRIES = 1000;

  /** An hour: no call takes longer. */
  private static final double MOST_NANOS = 3.6e12;

  private ProfileJson() {}

  /** The profile as a tree of maps, lists, strings and numbers. */
  public static Map<String, Object> tree(DelegationProfile profile) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("version", VERSION);
    tree.put("mode", profile.mode());
    tree.put("when", profile.when().toString());
    tree.put("round_trip_ns", profile.roundTripNanos());
    tree.put("machine", tree(profile.machine()));
    tree.put("calls", profile.calls().stream().map(ProfileJson::tree).toList());
    tree.put("payloads", profile.payloads().stream().map(ProfileJson::tree).toList());
    profile.pingPong().ifPresent(nanos -> tree.put("ping_pong_ns", nanos));
    return tree;
  }

  private static Map<String, Object> tree(Machine machine) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("processor", machine.processor());
    tree.put("processors", machine.processors());
    tree.put("accelerator", machine.accelerator());
    tree.put("qemu", machine.qemu());
    tree.put("kernel", tree(machine.kernel()));
    machine.gpos().ifPresent(gpos -> tree.put("gpos", tree(gpos)));
    return tree;
  }

  private static Map<String, Object> tree(Kernel kernel) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("reference", kernel.reference());
    tree.put("digest", kernel.digest());
    return tree;
  }

  private static Map<String, Object> tree(CallCost call) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", call.name());
    tree.put("trials", call.trials());
    Map<String, Object> roundTrip = new LinkedHashMap<>();
    roundTrip.put("minimum_ns", call.roundTrip().minimum());
    roundTrip.put("median_ns", call.roundTrip().median());
    roundTrip.put("p99_ns", call.roundTrip().p99());
    tree.put("round_trip", roundTrip);
    tree.put("service_ns", call.service());
    tree.put("total_ns", call.total());
    call.local().ifPresent(nanos -> tree.put("local_ns", nanos));
    return tree;
  }

  private static Map<String, Object> tree(Payload payload) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("call", payload.call());
    tree.put("slope_ns_per_byte", payload.roundTrip().slope());
    tree.put("intercept_ns", payload.roundTrip().intercept());
    tree.put("points", payload.points().stream().map(ProfileJson::tree).toList());
    return tree;
  }

  private static Map<String, Object> tree(Point point) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("bytes", point.bytes());
    tree.put("total_ns", point.total());
    tree.put("service_ns", point.service());
    return tree;
  }

  /** Why a file is no profile: the field that is missing or out of range. */
  static final class Damage extends Exception {
    Damage(String field) {
      super(field);
    }
  }

  /** Reads a profile that nobody vouches for. */
  static DelegationProfile read(byte[] bytes) throws Damage {
    Map<String, Object> tree =
        Json.object(bytes, 0, bytes.length).orElseThrow(() -> new Damage("it is no JSON object"));
    if (!Json.text(tree, "format").equals(Optional.of(FORMAT))) {
      throw new Damage("format");
    }
    if (!Json.number(tree, "version").equals(Optional.of(VERSION))) {
      throw new Damage("version");
    }
    List<CallCost> calls = new ArrayList<>();
    for (Map<?, ?> call : objects(tree, "calls")) {
      calls.add(call(call));
    }
    List<Payload> payloads = new ArrayList<>();
    for (Map<?, ?> payload : objects(tree, "payloads")) {
      payloads.add(payload(payload));
    }
    try {
      return new DelegationProfile(
          text(tree, "mode"),
          Instant.parse(text(tree, "when")),
          machine(Json.child(tree, "machine")),
          calls,
          payloads,
          optional(tree, "ping_pong_ns"));
    } catch (DateTimeParseException e) {
      throw new Damage("when");
    } catch (IllegalArgumentException e) {
      throw new Damage("calls");
    }
  }

  private static Machine machine(Map<?, ?> tree) throws Damage {
    Map<?, ?> gpos = Json.child(tree, "gpos");
    return new Machine(
        text(tree, "processor"),
        (int) whole(tree, "processors", 1, 1 << 20),
        text(tree, "accelerator"),
        text(tree, "qemu"),
        kernel(Json.child(tree, "kernel")),
        gpos.isEmpty() ? Optional.empty() : Optional.of(kernel(gpos)));
  }

  private static Kernel kernel(Map<?, ?> tree) throws Damage {
    return new Kernel(text(tree, "reference"), text(tree, "digest"));
  }

  private static CallCost call(Map<?, ?> tree) throws Damage {
    Map<?, ?> roundTrip = Json.child(tree, "round_trip");
    Spread spread =
        new Spread(
            nanos(roundTrip, "minimum_ns"),
            nanos(roundTrip, "median_ns"),
            nanos(roundTrip, "p99_ns"));
    return new CallCost(
        text(tree, "name"),
        (int) whole(tree, "trials", 1, Timings.MAX_TRIALS),
        spread,
        nanos(tree, "service_ns"),
        nanos(tree, "total_ns"),
        optional(tree, "local_ns"));
  }

  private static Payload payload(Map<?, ?> tree) throws Damage {
    List<Point> points = new ArrayList<>();
    for (Map<?, ?> point : objects(tree, "points")) {
      points.add(
          new Point(
              whole(point, "bytes", 0, Long.MAX_VALUE),
              nanos(point, "total_ns"),
              nanos(point, "service_ns")));
    }
    Line line =
        new Line(
            real(tree, "slope_ns_per_byte", -MOST_NANOS, MOST_NANOS),
            real(tree, "intercept_ns", -MOST_NANOS, MOST_NANOS));
    return new Payload(text(tree, "call"), line, points);
  }

  private static List<Map<?, ?>> objects(Map<?, ?> tree, String field) throws Damage {
    List<Map<?, ?>> objects = new ArrayList<>();
    for (Object element : Json.array(tree, field)) {
      if (!(element instanceof Map<?, ?> object) || objects.size() == MOST_ENTRIES) {
        throw new Damage(field);
      }
      objects.add(object);
    }
    return objects;
  }

  private static String text(Map<?, ?> tree, String field) throws Damage {
    return Json.text(tree, field)
        .filter(text -> !text.isEmpty() && text.length() <= MOST_TEXT)
        .filter(text -> text.chars().noneMatch(Character::isISOControl))
        .orElseThrow(() -> new Damage(field));
  }

  private static long whole(Map<?, ?> tree, String field, long least, long most) throws Damage {
    return Json.number(tree, field, least, most).orElseThrow(() -> new Damage(field));
  }

  private static double nanos(Map<?, ?> tree, String field) throws Damage {
    return real(tree, field, 0, MOST_NANOS);
  }

  private static OptionalDouble optional(Map<?, ?> tree, String field) throws Damage {
    return tree.containsKey(field) ? OptionalDouble.of(nanos(tree, field)) : OptionalDouble.empty();
  }

  private static double real(Map<?, ?> tree, String field, double least, double most)
      throws Damage {
    double value =
        switch (tree.get(field)) {
          case Double real -> real;
          case Long whole -> whole;
          case null, default -> Double.NaN;
        };
    if (!(value >= least && value <= most)) {
      throw new Damage(field);
    }
    return value;
  }
}
