# Writes an SVG of rooms and arrows; docs/rooms.txt says how they are described. Text is ASCII. The background is part
# of the picture, so it looks the same on light and dark pages.

function refuse(message) {
  printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
  failed = 1
  exit 1
}

function trimmed(text) {
  gsub(/^[ \t]+|[ \t]+$/, "", text)
  return text
}

function escaped(text) {
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  gsub(/>/, "\\&gt;", text)
  return text
}

# "1-3" or "2": sets low and high.
function range(text,   ends) {
  if (text !~ /^[0-9]+(-[0-9]+)?$/) refuse("not a range: " text)
  low = high = text + 0
  if (split(text, ends, "-") == 2) { low = ends[1] + 0; high = ends[2] + 0 }
}

function left(column) { return margin + column * (width + gap) }
function centre(box) { return x[box] + w[box] / 2 }

# Rows of bars are low, and near each other.
function place_rows(   row) {
  top[0] = margin
  for (row = 0; row <= rows; ++row) {
    bottom[row] = top[row] + (row in tall ? height : bar_height)
    top[row + 1] = bottom[row] + (row in tall ? row_gap : bar_gap)
  }
}

function write(at_x, at_y, class, anchor, text) {
  printf "<text class=\"%s\" x=\"%g\" y=\"%g\" text-anchor=\"%s\">%s</text>\n", class, at_x, at_y, anchor, escaped(text)
}

# The line of a box, in as many rows of text as its width asks for.
function write_wrapped(box, at_y,   words, count, i, line, limit) {
  limit = int((w[box] - 20) / 6.1)
  count = split(text[box], words, " ")
  line = words[1]
  for (i = 2; i <= count; ++i) {
    if (length(line) + 1 + length(words[i]) > limit) {
      write(centre(box), at_y, "line", "middle", line)
      at_y += 16
      line = words[i]
    } else {
      line = line " " words[i]
    }
  }
  write(centre(box), at_y, "line", "middle", line)
}

function draw_box(box,   at_y) {
  printf "<rect class=\"%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"6\"/>\n",
         step[box] == "" ? "room" : "room on-the-way", x[box], y[box], w[box], h[box]
  at_y = y[box] + (step[box] == "" ? h[box] / 2 - 6 : 20)
  if (step[box] != "") {
    write(centre(box), at_y, "step", "middle", step[box])
    at_y += 20
  }
  write(centre(box), at_y, "title", "middle", title[box])
  write_wrapped(box, at_y + 19)
}

function line_to(points) { printf "<polyline class=\"arrow\" marker-end=\"url(#head)\" points=\"%s\"/>\n", points }

function draw_arrow(from, to, label,   middle, bend, sign, start, end) {
  if (y[from] == y[to]) {
    sign = x[from] < x[to] ? 1 : -1
    start = sign > 0 ? x[from] + w[from] : x[from]
    end = sign > 0 ? x[to] : x[to] + w[to]
    middle = y[from] + h[from] / 2
    line_to(sprintf("%g,%g %g,%g", start, middle, end - 3 * sign, middle))
    write((start + end) / 2, middle - 8, "label", "middle", label)
  } else if (x[from] == x[to]) {
    sign = y[from] < y[to] ? 1 : -1
    start = sign > 0 ? y[from] + h[from] : y[from]
    end = sign > 0 ? y[to] : y[to] + h[to]
    line_to(sprintf("%g,%g %g,%g", centre(from), start, centre(from), end - 3 * sign))
    write(centre(from) + 8, (start + end) / 2 + 4, "label", "start", label)
  } else if (y[from] > y[to]) {  # up, and across in the gap between the rows
    bend = y[from] - row_gap / 2
    end = centre(to)
    line_to(sprintf("%g,%g %g,%g %g,%g %g,%g", centre(from), y[from], centre(from), bend, end, bend, end,
                    y[to] + h[to] + 3))
    write((centre(from) + end) / 2, bend - 6, "label", "middle", label)
  } else {
    refuse("no way to draw an arrow down and across: " from " to " to)
  }
}

BEGIN {
  FS = "|"
  margin = 28; width = 206; gap = 52
  height = 82; row_gap = 56
  bar_height = 50; bar_gap = 22
}

/^[ \t]*(#|$)/ { next }
{
  for (i = 1; i <= NF; ++i) $i = trimmed($i)
  kind = $1
}
kind == "frame" && NF == 4 {
  frame_title[++frames] = $4
  range($2)
  frame_x[frames] = left(low) - gap / 3
  frame_w[frames] = left(high) + width + gap / 3 - frame_x[frames]
  range($3)
  first_row[frames] = low
  last_row[frames] = high
  next
}
(kind == "box" || kind == "bar") && NF == 7 {
  if ($2 in title) refuse("a second box of the name " $2)
  boxes[++box_count] = $2
  range($3)
  x[$2] = left(low)
  w[$2] = left(high) + width - left(low)
  columns = high > columns ? high : columns
  range($4)
  row_of[$2] = low
  rows = low > rows ? low : rows
  if (kind == "box") tall[low]
  step[$2] = $5
  title[$2] = $6
  text[$2] = $7
  next
}
kind == "arrow" && NF == 4 {
  if (!($2 in title) || !($3 in title)) refuse("an arrow between boxes that are not described before it")
  from[++arrows] = $2
  to[arrows] = $3
  label[arrows] = $4
  next
}
{ refuse("neither a frame, a box, a bar nor an arrow with as many fields as it has") }

END {
  if (failed) exit 1
  place_rows()
  for (i = 1; i <= box_count; ++i) {
    y[boxes[i]] = top[row_of[boxes[i]]]
    h[boxes[i]] = bottom[row_of[boxes[i]]] - y[boxes[i]]
  }
  total_w = left(columns) + width + margin
  total_h = bottom[rows] + margin
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\">\n",
         total_w, total_h, total_w, total_h
  print "<!-- Written by scripts/draw-rooms from docs/rooms.txt. -->"
  print "<style>"
  print "  text { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; font-size: 12px; fill: #24292f; }"
  print "  .title { font-size: 14px; font-weight: bold; }"
  print "  .step { fill: #9a3b00; font-weight: bold; }"
  print "  .label { fill: #9a3b00; }"
  print "  .room { fill: #eef2f6; stroke: #57606a; }"
  print "  .on-the-way { fill: #fff1e5; stroke: #bc4c00; }"
  print "  .frame { fill: #f8f9fb; stroke: #8c959f; stroke-dasharray: 5 4; }"
  print "  .arrow { fill: none; stroke: #bc4c00; stroke-width: 2; }"
  print "  .head { fill: #bc4c00; }"
  print "</style>"
  print "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"5\" markerHeight=\"5\" orient=\"auto\">"
  print "<path class=\"head\" d=\"M0,0 L8,4 L0,8 z\"/></marker></defs>"
  printf "<rect x=\"0\" y=\"0\" width=\"%g\" height=\"%g\" rx=\"8\" fill=\"#ffffff\"/>\n", total_w, total_h
  for (i = 1; i <= frames; ++i) {
    printf "<rect class=\"frame\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"8\"/>\n", frame_x[i],
           top[first_row[i]] - 18, frame_w[i], bottom[last_row[i]] - top[first_row[i]] + 30
    write(frame_x[i] + frame_w[i] / 2, bottom[first_row[i]] + 33, "title", "middle", frame_title[i])
  }
  for (i = 1; i <= box_count; ++i) draw_box(boxes[i])
  for (i = 1; i <= arrows; ++i) draw_arrow(from[i], to[i], label[i])
  print "</svg>"
}
