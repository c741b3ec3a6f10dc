package import Terminal

/// Where the parts of every screen stand. Parts that have no room are nil.
package struct FrameLayout: Equatable, Sendable {
    package var header: Rect?
    package var tabs: Rect?
    /// What is wrong, over everything else.
    package var banner: Rect?
    package var body: Rect
    package var prompt: Rect?
    package var status: Rect?
    package var keys: Rect?

    /// Below this a screen is one line that says how the broker does.
    package static let smallest = ScreenSize(width: 20, height: 5)
    /// From this width on a list has its details beside it.
    package static let widthForDetail = 110

    package static func isLine(_ size: ScreenSize) -> Bool {
        size.width < self.smallest.width || size.height < self.smallest.height
    }

    /// - Parameters:
    ///   - bannerRows: 0 where nothing is wrong.
    ///   - promptRows: Rows of the filter's line and what the server said about it.
    package init(_ size: ScreenSize, bannerRows: Int, promptRows: Int) {
        let claims = [
            Claim(1, rank: 0),
            Claim(1, rank: 6),
            Claim(bannerRows == 0 ? 0 : 1, bannerRows, rank: 2),
            Claim(3, upTo: size.height, rank: 1),
            Claim(promptRows, rank: 3),
            Claim(1, rank: 5),
            Claim(1, rank: 4),
        ]
        var y = 0
        let rects = divide(size.height, among: claims).map { height -> Rect? in
            guard let height, height > 0 else { return nil }
            defer { y += height }
            return Rect(x: 0, y: y, width: size.width, height: height)
        }
        self.header = rects[0]
        self.tabs = rects[1]
        self.banner = rects[2]
        self.body = rects[3] ?? Rect(x: 0, y: min(1, size.height), width: size.width, height: max(0, size.height - 1))
        self.prompt = rects[4]
        self.status = rects[5]
        self.keys = rects[6]
    }
}

/// Where the parts of a list stand in the body.
package struct TableLayout: Equatable, Sendable {
    /// What the table is of, and how many there are.
    package var title: Rect?
    package var head: Rect?
    package var rows: Rect
    package var separatorX: Int?
    package var detail: Rect?

    /// In front of each row: tagged or not, cursor or not.
    package static let markWidth = 2

    package init(body: Rect, withDetail: Bool) {
        let widths = divide(
            body.width,
            among: [Claim(60, body.width * 3 / 5, rank: 0), Claim(44, 60, upTo: body.width, rank: 1)],
            gap: 1
        )
        var list = body
        if withDetail, body.width >= FrameLayout.widthForDetail, let left = widths[0], let right = widths[1] {
            list.width = left
            self.separatorX = body.x + left
            self.detail = Rect(x: body.x + left + 2, y: body.y, width: right - 1, height: body.height)
        }
        let heights = divide(
            body.height,
            among: [Claim(1, rank: 2), Claim(1, rank: 1), Claim(2, upTo: body.height, rank: 0)]
        )
        var y = body.y
        func next(_ height: Int?) -> Rect? {
            guard let height, height > 0 else { return nil }
            defer { y += height }
            return Rect(x: list.x, y: y, width: list.width, height: height)
        }
        self.title = next(heights[0])
        self.head = next(heights[1])
        self.rows = next(heights[2]) ?? Rect(x: list.x, y: y, width: list.width, height: 0)
    }
}
