@NullMarked
package dev.diver.deploy.node;

import org.jspecify.annotations.NullMarked;
