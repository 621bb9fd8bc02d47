package dev.diver.deploy.chart;

import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the nodes of a graph stand: in layers from left to right, each behind all that lead to it,
 * and in an order in each layer that keeps arrows short (Sugiyama, Tagawa and Toda, "Methods for
 * visual understanding of hierarchical system structures", 1981).
 */
final class GraphLayout {

  private static final int SWEEPS = 8;

  /** What stands in a layer: a node, or where an arrow passes between others. */
  private static final class Place {
    final int layer;
    final List<Place> left = new ArrayList<>();
    final List<Place> right = new ArrayList<>();
    double order;

    Place(int layer) {
      this.layer = layer;
    }
  }

  private final List<List<Place>> layers = new ArrayList<>();
  private final List<Place> nodes = new ArrayList<>();
  private final List<List<Place>> ways = new ArrayList<>();

  GraphLayout(Chart.Graph graph) {
    int[] layer = layers(graph);
    for (int node = 0; node < layer.length; node++) {
      nodes.add(added(layer[node]));
    }
    for (Chart.Arrow arrow : graph.arrows()) {
      ways.add(way(nodes.get(arrow.from()), nodes.get(arrow.to())));
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      boolean toRight = sweep % 2 == 0;
      List<List<Place>> order = toRight ? layers : layers.reversed();
      order.forEach(places -> sort(places, toRight));
    }
  }

  /** The length of the longest way to each node. */
  private static int[] layers(Chart.Graph graph) {
    int[] layer = new int[graph.nodes().size()];
    for (int round = 0; round < layer.length; round++) {
      boolean moved = false;
      for (Chart.Arrow arrow : graph.arrows()) {
        if (layer[arrow.to()] <= layer[arrow.from()]) {
          layer[arrow.to()] = layer[arrow.from()] + 1;
          moved = true;
        }
      }
      if (!moved) {
        break;
      }
    }
    return layer;
  }

  private Place added(int layer) {
    while (layers.size() <= layer) {
      layers.add(new ArrayList<>());
    }
    Place place = new Place(layer);
    place.order = layers.get(layer).size();
    layers.get(layer).add(place);
    return place;
  }

  private List<Place> way(Place from, Place to) {
    List<Place> way = new ArrayList<>(List.of(from));
    for (int layer = from.layer + 1; layer < to.layer; layer++) {
      way.add(added(layer));
    }
    way.add(to);
    for (int i = 0; i + 1 < way.size(); i++) {
      way.get(i).right.add(way.get(i + 1));
      way.get(i + 1).left.add(way.get(i));
    }
    return way;
  }

  /** Each where its neighbours on one side are on average; those without stay where they are. */
  private static void sort(List<Place> places, boolean toRight) {
    double count = places.size();
    for (Place place : places) {
      List<Place> beside = toRight ? place.left : place.right;
      place.order = beside.stream().mapToDouble(other -> other.order).average().orElse(place.order);
    }
    places.sort(Comparator.comparingDouble(place -> place.order));
    IntStream.range(0, places.size()).forEach(i -> places.get(i).order = (i + 0.5) / count);
  }

  int columns() {
    return layers.size();
  }

  /** The most nodes and passing arrows that are above one another. */
  int rows() {
    return layers.stream().mapToInt(List::size).max().orElse(1);
  }

  /** Where a node stands, in parts of the width and height. */
  Point2D node(int number) {
    return point(nodes.get(number));
  }

  /** Where an arrow goes, in parts of the width and height, both ends included. */
  List<Point2D> way(int arrow) {
    return Collections.unmodifiableList(ways.get(arrow).stream().map(this::point).toList());
  }

  private Point2D point(Place place) {
    return new Point2D.Double((place.layer + 0.5) / layers.size(), place.order);
  }
}
